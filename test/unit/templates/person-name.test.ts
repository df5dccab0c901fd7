import { describe, expect, it } from '@jest/globals';
import { changeCase } from '../../../src/templates/change-case.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import { templateWith } from '../../support/templates/template-files.js';

const name = (text: string, language?: string) => changeCase(text, 'name', language);

describe('case: name', () => {
  it.each([
    ['PHẠM THỊ LA', 'Phạm Thị La'],
    ['NGUYEN VAN AN', 'Nguyen Van An'],
    ['nguyen thi le', 'Nguyen Thi Le'],
    ['KIM IN SOO', 'Kim In Soo'],
    ['KIM DO YEON', 'Kim Do Yeon'],
    ['AI TANAKA', 'Ai Tanaka'],
    ['JOHN', 'John'],
    ['ANNA', 'Anna'],
    ['LI', 'Li'],
    ['I', 'I'],
    ['TJ', 'TJ'],
    ['AJ MORGAN', 'AJ Morgan'],
    ['ANNA NG', 'Anna Ng'],
    [
      'MARÍA DE LOS ÁNGELES FERNÁNDEZ DE CÓRDOBA Y ÁLVAREZ DE TOLEDO',
      'María de los Ángeles Fernández de Córdoba y Álvarez de Toledo',
    ],
    ['JOSÉ DE LAS HERAS', 'José de las Heras'],
    ['DE LOS', 'De Los'],
    ['PEDRO DE ALCÂNTARA', 'Pedro de Alcântara'],
    ['CONCEIÇÃO DAS DORES E SILVA', 'Conceição das Dores e Silva'],
    ['OSCAR DE LA HOYA', 'Oscar de la Hoya'],
    ['DAVID LE', 'David Le'],
    ['ANNA LA ROCCA', 'Anna La Rocca'],
    ['JEAN LE ROUX', 'Jean Le Roux'],
    ['JOHN E SMITH', 'John E Smith'],
    ['ANNA VAN DER BERG', 'Anna van der Berg'],
    ['VAN DER BERG, ANNA', 'Van der Berg, Anna'],
    ['KIM DE VRIES', 'Kim de Vries'],
    ['LEE VAN CLEEF', 'Lee Van Cleef'],
    ['ALI BIN SAID', 'Ali bin Said'],
    ['MARCO DI PIETRO', 'Marco Di Pietro'],
    ['NI LUH PUTU AYU SRI WAHYUNI', 'Ni Luh Putu Ayu Sri Wahyuni'],
    ["SEAN O'NEILL", "Sean O'Neill"],
    ['RONALD MCDONALD JR.', 'Ronald McDonald Jr.'],
    ['HENRY FORD II', 'Henry Ford II'],
    ['GRACE HOPPER, PHD', 'Grace Hopper, PhD'],
    ['J.R.R. TOLKIEN', 'J.R.R. Tolkien'],
    ['FRANZ VLK', 'Franz Vlk'],
    ['jean-pierre martin', 'Jean-Pierre Martin'],
    ['ANNA AND BEN', 'Anna and Ben'],
    ['МАРИЯ ПЕТРОВА', 'Мария Петрова'],
  ])('%s is %s', (text, expected) => {
    expect(name(text)).toBe(expected);
    expect(name(expected)).toBe(expected);
  });

  it.each([
    ['IŞIL YILMAZ', 'tr', 'Işıl Yılmaz'],
    ['FADIL KIZILIRMAK', 'tr-TR', 'Fadıl Kızılırmak'],
    ['İLKNUR IŞIK', undefined, 'İlknur Işık'],
    ['ISABEL AYDIN', 'de', 'Isabel Aydin'],
    ['MARIA DE LUCA', 'it', 'Maria De Luca'],
    ['JEAN DE LA FONTAINE', 'fr', 'Jean de La Fontaine'],
    ["JEANNE D'ARC", 'fr', "Jeanne d'Arc"],
    ["BEVERLY D'ANGELO", 'en', "Beverly D'Angelo"],
    ['IJSBRAND VAN DIJK', 'nl', 'IJsbrand van Dijk'],
    ['JAN VAN DEN BERGHE', 'nl-BE', 'Jan Van den Berghe'],
    ['LE VAN DE', 'vi', 'Le Van De'],
    ['SITI DE BINTI ALI', 'ms', 'Siti De binti Ali'],
    ['ANA E RUI', 'pt-BR', 'Ana e Rui'],
  ])('%s in %s is %s', (text, language, expected) => expect(name(text, language)).toBe(expected));

  it('never touches mixed case', () => {
    for (const text of ['Anna VAN DER Berg', 'bell hooks Jr', 'iO Tillett'])
      expect(name(text)).toBe(text);
  });
});

describe('case: title', () => {
  it.each([
    ['WELCOME TO LAS VEGAS', 'Welcome to Las Vegas'],
    ['WHAT WE DREAM OF', 'What We Dream Of'],
    ['LA ROMERÍA DE LOS ÁNGELES', 'La Romería de los Ángeles'],
  ])('%s is %s', (text, expected) => expect(changeCase(text, 'title')).toBe(expected));

  it('knows the letters of the language', () => {
    expect(changeCase('ILIK SULAR ARASINDA', 'title', 'tr')).toBe('Ilık Sular Arasında');
    expect(changeCase('ILIK SULAR ARASINDA', 'sentence', 'az')).toBe('Ilık sular arasında');
  });
});

describe('a field of a person', () => {
  const template = templateWith({
    who: { type: 'text', label: 'Who', case: 'name' },
    locale: { type: 'text', label: 'Language', default: 'tr' },
  });

  it('takes the language from the data, else from the default of the template', () => {
    const read = (data: object) => resolveFields(template, data).fields.who;
    expect(read({ who: 'FADIL' })).toBe('Fadıl');
    expect(read({ who: 'FADIL', locale: 'de_DE' })).toBe('Fadil');
  });
});
