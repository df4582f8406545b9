// The call of the playground as curl, Python and Node say it, to be copied.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { Card } from '../ui/card';
import { Choice } from '../ui/choice';
import { snippets, type Language, type SnippetFacts } from './snippets';

const languages: readonly (readonly [Language, string])[] = [
  ['curl', 'curl'],
  ['python', 'Python'],
  ['node', 'Node'],
];

export function SnippetsCard(facts: Omit<SnippetFacts, 'origin'>) {
  const [language, setLanguage] = useState<Language>('curl');
  const [copied, setCopied] = useState('');
  const text = snippets[language]({ ...facts, origin: location.origin });
  return (
    <Card title="From your own programs">
      <p>
        With a key of yours in the variable <code>LX_KEY</code>: <Link href="/keys">make one</Link>.
      </p>
      <Choice label="Language" options={languages} value={language} onChange={setLanguage} />
      <pre className="snippet" tabIndex={0} aria-label={`The call in ${language}`}>
        <code>{text}</code>
      </pre>
      {/* Browsers have no clipboard on pages without TLS, other than those of this machine. */}
      {navigator.clipboard && (
        <Button
          onPress={() => void navigator.clipboard.writeText(text).then(() => setCopied(text))}
        >
          {copied === text ? 'Copied' : 'Copy'}
        </Button>
      )}
    </Card>
  );
}
