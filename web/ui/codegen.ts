import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: ['src/**/*.{ts,tsx}', '!src/generated/**'],
  silent: true,
  generates: {
    './src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'getFragmentData' } },
      config: {
        enumType: 'string-literal',
        enumsAsTypes: true,
        // The cache adds __typename to every selection and needs it in whatever is written.
        nonOptionalTypename: true,
        skipTypeNameForRoot: true,
        strictScalars: true,
        useTypeImports: true,
        scalars: { Cursor: 'string', Date: 'string', DateTime: 'string', JSON: 'unknown' },
      },
    },
  },
};

export default config;
