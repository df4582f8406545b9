// Where the console begins.
import './styles/console.css';
import { Decimal } from 'decimal.js';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';

// More digits than any amount has: nothing that is added up or multiplied here is rounded.
Decimal.set({ precision: 60 });

const root = document.getElementById('console');
if (!root) throw new Error('index.html has no place for the console');
createRoot(root).render(<App />);
