// Where the console begins.
import './styles/console.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';

const root = document.getElementById('console');
if (!root) throw new Error('index.html has no place for the console');
createRoot(root).render(<App />);
