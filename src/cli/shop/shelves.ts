/**
 * The pages that show goods, with the events that they send when they open.
 * Imported only inside `cli/shop`.
 */
import type { Browser } from './browser.js';
import { CATALOGUE, productProperties, slug, type Product } from './catalogue.js';

/** A list shows the first few products only, as a page with a 'more' button does. */
const LIST_LENGTH = 6;

/** Opens a category page; `query` holds the URL's parameters. */
export function viewCategory(
  browser: Browser,
  category: string,
  query?: Record<string, string>,
): void {
  browser.open({ name: category, path: `/c/${slug(category)}`, category, query });
  const products = CATALOGUE.filter((product) => product.category === category)
    .slice(0, LIST_LENGTH)
    .map((product, index) => productProperties(product, { position: index + 1 }));
  const list = { list_id: `category-${slug(category)}`, category, products };
  browser.track('Product List Viewed', list);
}

/** Opens the results of a search: the category of this name, or nothing. */
export function search(browser: Browser, query: string): void {
  const found = CATALOGUE.filter(({ category }) => category.toLowerCase() === query);
  browser.open({ name: 'Search Results', path: '/search', query: { q: query } });
  browser.track('Products Searched', { query, results: found.length });
}

/** Opens a product page; `query` holds the URL's parameters. */
export function viewProduct(
  browser: Browser,
  product: Product,
  query?: Record<string, string>,
): void {
  const path = `/p/${slug(product.name)}-${slug(product.sku)}`;
  browser.open({ name: product.name, path, category: product.category, query });
  browser.track('Product Viewed', productProperties(product, { currency: 'USD' }));
}
