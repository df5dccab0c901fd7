import { blackPng } from './png-file.js';

const XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
const SIZE = 'width="90" height="60" viewBox="0 0 90 60"';
export const svgDocument = (body: string, attributes = SIZE) =>
  `<svg ${XMLNS} ${attributes}>${body}</svg>`;

const embedded = `data:image/png;base64,${blackPng(16, 16).toString('base64')}`;

/** Sound drawings that use each part of the language which can be made too large. */
export const svgSeeds: { name: string; text: string }[] = [
  {
    name: 'shapes',
    text: svgDocument(
      '<rect width="40" height="30" rx="4" fill="#2a6"/><circle cx="60" cy="30" r="20"/><path d="M5 5C20 50 40 0 80 55z" fill="none" stroke="#c20" stroke-width="3" stroke-dasharray="4 2"/>',
    ),
  },
  {
    name: 'use',
    text: svgDocument(
      '<defs><g id="a"><rect width="4" height="4"/></g><g id="b"><use href="#a"/><use xlink:href="#a" x="6"/></g></defs><use href="#b"/><use href="#b" y="9"/>',
    ),
  },
  {
    name: 'filter',
    text: svgDocument(
      '<filter id="f" x="-10%" y="-10%" width="120%" height="120%"><feGaussianBlur stdDeviation="2"/><feOffset dx="2" dy="2"/><feMerge><feMergeNode/><feMergeNode in="SourceGraphic"/></feMerge></filter><rect filter="url(#f)" x="9" y="9" width="50" height="30" fill="#36c"/>',
    ),
  },
  {
    name: 'noise',
    text: svgDocument(
      '<filter id="f"><feTurbulence type="turbulence" baseFrequency="0.05" numOctaves="3"/><feDisplacementMap in="SourceGraphic" scale="9"/><feMorphology operator="dilate" radius="1"/></filter><rect filter="url(#f)" width="90" height="60"/>',
    ),
  },
  {
    name: 'pattern',
    text: svgDocument(
      '<pattern id="p" width="6" height="6" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="2"/></pattern><rect width="90" height="60" fill="url(#p)"/>',
    ),
  },
  {
    name: 'mask and clip',
    text: svgDocument(
      '<mask id="m"><rect width="90" height="60" fill="#888"/></mask><clipPath id="c"><circle cx="45" cy="30" r="25"/></clipPath><g mask="url(#m)" clip-path="url(#c)"><rect width="90" height="60" fill="#909"/></g>',
    ),
  },
  {
    name: 'gradient',
    text: svgDocument(
      '<linearGradient id="g"><stop offset="0" stop-color="#f80"/><stop offset="1" stop-color="#08f" stop-opacity=".5"/></linearGradient><radialGradient id="r" href="#g"/><rect width="90" height="60" fill="url(#r)"/>',
    ),
  },
  {
    name: 'text',
    text: svgDocument(
      '<style>text{font:12px sans-serif;letter-spacing:1px}</style><path id="t" d="M5 40q40-40 80 0"/><text x="5" y="20">Plain <tspan dy="4">text</tspan></text><text><textPath href="#t">along a path</textPath></text>',
    ),
  },
  {
    name: 'marker',
    text: svgDocument(
      '<marker id="k" markerWidth="4" markerHeight="4" orient="auto"><path d="M0 0L4 2L0 4z"/></marker><polyline points="5,5 40,30 80,10" fill="none" stroke="#000" marker-mid="url(#k)" marker-end="url(#k)"/>',
    ),
  },
  {
    name: 'picture inside',
    text: svgDocument(`<image width="60" height="40" href="${embedded}"/>`),
  },
  {
    name: 'prologue',
    text: `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><!-- made by hand -->${svgDocument('<switch><g systemLanguage="en"><rect width="9" height="9"/></g><g><rect width="5" height="5"/></g></switch>')}`,
  },
];
