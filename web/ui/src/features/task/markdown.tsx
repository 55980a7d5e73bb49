import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <a href={href} rel="noreferrer noopener" target="_blank">
      {children}
    </a>
  ),
  // The content security policy loads no foreign images; a link says where they are.
  img: ({ src, alt }) => (
    <a href={typeof src === 'string' ? src : undefined} rel="noreferrer noopener" target="_blank">
      {alt || 'image'}
    </a>
  ),
};

/** Text people wrote, as markdown with tables and task lists; HTML in it stays text. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="prose-text">
      <ReactMarkdown components={COMPONENTS} remarkPlugins={PLUGINS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
