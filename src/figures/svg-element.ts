// The little of the document model that drawings are made with. The library is compiled without a browser's types.

export interface SvgNode {
  textContent: string | null;
}

export interface SvgElement extends SvgNode {
  readonly childNodes: Iterable<SvgNode> & { readonly length: number };
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  append(...nodes: SvgNode[]): void;
  before(node: SvgNode): void;
  closest(selector: string): SvgElement | null;
  cloneNode(deep: boolean): SvgElement;
  remove(): void;
  querySelector(selector: string): SvgElement | null;
  querySelectorAll(selector: string): Iterable<SvgElement>;
}

export interface SvgDocument {
  readonly documentElement: SvgElement;
  createElementNS(namespace: string, name: string): SvgElement;
  createTextNode(text: string): SvgNode;
}

/** An element of a drawing. */
export function svgElement(
  document: SvgDocument,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): SvgElement {
  const element = document.createElementNS(SVG_NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
