/**
 * What the simulated shop sells, and how a product looks inside an event.
 * Imported only inside `cli/shop`.
 */
import type { JsonObject } from '../../contracts/json.js';
import { Random } from './prng.js';

/** One product; the price is in integer cents of US dollars. */
export interface Product {
  productId: string;
  sku: string;
  name: string;
  brand: string;
  category: string;
  priceCents: number;
}

interface Category {
  name: string;
  code: string;
  nouns: readonly string[];
  priceDollars: readonly [number, number];
}

const CATEGORIES: readonly Category[] = [
  {
    name: 'Kitchen',
    code: 'KIT',
    nouns: ['Skillet', 'Chef Knife', 'Coffee Grinder', 'Cutting Board', '12" Wok'],
    priceDollars: [12, 140],
  },
  {
    name: 'Lighting',
    code: 'LIG',
    nouns: ['Desk Lamp', 'Pendant', 'Floor Lamp', 'Candle Holder', 'Lantern, Small'],
    priceDollars: [9, 180],
  },
  {
    name: 'Textiles',
    code: 'TEX',
    nouns: ['Throw', 'Cushion', 'Bath Towel', 'Bed Linen Set', 'Rug'],
    priceDollars: [14, 160],
  },
  {
    name: 'Office',
    code: 'OFF',
    nouns: ['Notebook', 'Fountain Pen', 'Desk Tray', 'Monitor Stand', 'Chair Mat'],
    priceDollars: [5, 90],
  },
  {
    name: 'Garden',
    code: 'GAR',
    nouns: ['Planter', 'Watering Can', 'Pruning Shears', 'Herb Kit', 'Bird Feeder'],
    priceDollars: [7, 75],
  },
  {
    name: 'Travel',
    code: 'TRA',
    nouns: ['Backpack', 'Weekender', 'Wash Bag', 'Packing Cubes, Set of 3', 'Umbrella'],
    priceDollars: [15, 210],
  },
  {
    name: 'Wellness',
    code: 'WEL',
    nouns: ['Yoga Mat', 'Diffuser', 'Bath Salts', 'Foam Roller', 'Sleep Mask'],
    priceDollars: [8, 70],
  },
  {
    name: 'Toys',
    code: 'TOY',
    nouns: ['Building Blocks', 'Puzzle', 'Wooden Train', 'Kite', 'Plush Bear'],
    priceDollars: [9, 65],
  },
];
const STYLES = ['Classic', 'Nordic', 'Everyday', 'Heritage', 'Studio', 'Compact', 'Bold', 'Pure'];
const BRANDS = ['Alder & Co', 'Brightwater', 'Fjell', 'Hearthline', 'Kumo', 'Oakmoor', 'Solano'];

/** The product with the given number (from 0): its category turns with the number. */
export function makeProduct(index: number, random: Random): Product {
  const category = CATEGORIES[index % CATEGORIES.length] as Category;
  const place = Math.floor(index / CATEGORIES.length);
  const noun = category.nouns[place % category.nouns.length] as string;
  const round = Math.floor(place / category.nouns.length);
  const series = Math.floor(round / STYLES.length);
  const [low, high] = category.priceDollars;
  // Squaring leans towards cheap products, which is how price lists look.
  const dollars = Math.floor(low + (high - low) * random.next() ** 2);
  return {
    productId: `prod_${String(index + 1).padStart(4, '0')}`,
    sku: `${category.code}-${String(place + 1).padStart(4, '0')}`,
    name: `${STYLES[round % STYLES.length]} ${noun}${series > 0 ? ` Series ${series + 1}` : ''}`,
    brand: random.pick(BRANDS),
    category: category.name,
    priceCents: dollars * 100 + random.pick([99, 95, 90, 50, 0, 49]),
  };
}

const CATALOGUE_SEED = 120;

/** The 120 products of the simulated shop; the same for every seed, so that live traffic fits. */
export const CATALOGUE: readonly Product[] = (() => {
  const random = new Random(CATALOGUE_SEED);
  return Array.from({ length: 120 }, (_, index) => makeProduct(index, random));
})();

/** The names of the eight categories. */
export const CATEGORY_NAMES: readonly string[] = CATEGORIES.map((category) => category.name);

/** A product of the catalogue; a few sell much more often than most, as in any shop. */
export function popularProduct(random: Random, category?: string): Product {
  const shelf = category ? CATALOGUE.filter((item) => item.category === category) : CATALOGUE;
  return shelf[Math.floor(shelf.length * random.next() ** 1.7)] as Product;
}

/** A path segment or e-mail part from a text: `Bed Linen Set` becomes `bed-linen-set`. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9\s-]/g, '')
    .replace(/[\s-]+/g, '-');
}

/** The product as Segment's e-commerce v2 events carry it, price in dollars. */
export function productProperties(product: Product, extra: JsonObject = {}): JsonObject {
  return {
    product_id: product.productId,
    sku: product.sku,
    name: product.name,
    brand: product.brand,
    category: product.category,
    price: product.priceCents / 100,
    ...extra,
  };
}
