import { describe, expect, it } from '@jest/globals';
import { buildTemplate, formatProblem } from '../../../src/templates/load-template.js';
import { buffers, type Files, templateFiles } from '../../support/templates/template-files.js';

function build(overrides: Files) {
  const { template, problems, warnings } = buildTemplate('card', buffers(templateFiles(overrides)));
  return {
    isUsable: template !== undefined,
    problems: problems.map(formatProblem),
    warnings: warnings.map(formatProblem),
  };
}

const markup = (source: string) => build({ 'template.hbs': source });

describe('what is told when a template is loaded, though it can be drawn', () => {
  it('is a mistake in its style, in sheets of its assets and in its markup, by file and line', () => {
    const found = build({
      'style.css': '.a {\n  colr: red;\n}\n.b {\n  top: 0;\n',
      'assets/faces.css': '@font-face {\n  font-familly: A;\n}\n',
      'template.hbs':
        '<p>{{title}}</p>\n<p style="wdith: 3px">{{title}}</p>\n<style>\n.c { top 0 }\n</style>',
    });
    expect(found).toEqual({
      isUsable: true,
      problems: [],
      warnings: [
        'card/template.hbs:2:11: Browsers know no property "wdith". Did you mean "width"?',
        'card/template.hbs:4:6: This is no declaration: a : is missing, or a name before it.',
        'card/style.css:2:3: Browsers know no property "colr". Did you mean "color"?',
        'card/style.css:4:1: The block that begins here is not closed: a } is missing.',
        'card/assets/faces.css:2:3: @font-face has no "font-familly".',
      ],
    });
  });

  const unclosed: Record<string, [source: string, warnings: string[]]> = {
    'an element that is not closed': [
      '<main>\n<div class="a">\n<b>{{title}}</b>\n</main>',
      ['card/template.hbs:2:2: <div> is not closed before </main>: </div> is missing.'],
    ],
    'the last of them': [
      '<div>\n<section>{{title}}</section>\n<span>x',
      [
        'card/template.hbs:1:2: <div> is not closed: </div> is missing.',
        'card/template.hbs:3:2: <span> is not closed: </span> is missing.',
      ],
    ],
    'an end without a beginning': [
      '<div>{{title}}</div>\n</div>',
      ['card/template.hbs:2:3: </div> closes nothing that is open here.'],
    ],
    'one in each turn of a loop': [
      '{{#if title}}<ul><li><b>{{title}}</li></ul>{{/if}}',
      ['card/template.hbs:1:23: <b> is not closed before </li>: </b> is missing.'],
    ],
    'an SVG that is not closed': [
      '<svg viewBox="0 0 1 1"><path d="M0 0"/>{{title}}',
      ['card/template.hbs:1:2: <svg> is not closed: </svg> is missing.'],
    ],
  };
  it.each(Object.entries(unclosed))('is %s', (_name, [source, warnings]) => {
    expect(markup(source)).toEqual({ isUsable: true, problems: [], warnings });
  });

  it.each([
    '<p>One<p>{{title}}<ul><li>a<li>b</ul><br><img alt=""><hr/>',
    '<table><tr><td>{{title}}<td>b</table>',
    '{{#if title}}<a href="#x">{{/if}}{{title}}{{#if title}}</a>{{/if}}',
    '{{#if title}}<div class="a">{{else}}<div class="b">{{/if}}{{title}}</div>',
    '{{#if title}}<b>{{title}}</b>{{else}}<i>none</i>{{/if}}',
    '<svg viewBox="0 0 9 9"><g><path d="M0 0"/><circle r="1"></circle></g></svg>{{title}}',
    '<!-- <div> --><style>.a{top:0}</style>{{! <div> }}<b>{{title}}</b>',
    '<svg><rect fill="red" stroke="#fff"/></svg>{{title}}',
  ])('is nothing in: %s', (source) => {
    expect(markup(source)).toEqual({ isUsable: true, problems: [], warnings: [] });
  });

  it('is a block of Handlebars that is not closed, at its own line; that one cannot be drawn', () => {
    const { problems, isUsable } = markup(
      '<div>\n  {{#if title}}\n  {{!-- {{#if x}} --}}\n  {{#if title}}a{{/if}}\n  <b>{{title}}</b>\n</div>\n',
    );
    expect(isUsable).toBe(false);
    expect(problems).toEqual([
      'card/template.hbs:2:3: The block {{#if}} that begins here is not closed: {{/if}} is missing.',
    ]);
    expect(markup('{{title}}\n{{#each title as |x|}}\n{{x}}').problems).toEqual([
      'card/template.hbs:2:1: The block {{#each}} that begins here is not closed: {{/each}} is missing.',
    ]);
  });
});
