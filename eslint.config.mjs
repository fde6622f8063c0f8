import tseslint from "typescript-eslint";

/** Core is pure: time and chance are arguments. */
const impure = ["Date.now", "Math.random", "performance.now"].map((name) => {
  const [object, property] = name.split(".");
  return { object, property, message: "The core takes time and chance as arguments." };
});

export default tseslint.config(
  {
    ignores: ["**/dist/**", "proto/src/gen/**", ".cache/**", "**/*.mjs", "**/*.cjs", "cli/bin/**"],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: ["./tsconfig.test.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      // Deciding by the type is the point of these; a template of a number needs no ceremony.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "ExportDefaultDeclaration",
          message: "Named exports only: one concept, one name.",
        },
      ],
    },
  },
  {
    files: ["policy/src/**/*.ts", "agent/src/core/**/*.ts", "controller/src/core/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-properties": ["error", ...impure],
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "The core takes time as an argument.",
        },
        {
          selector: "ExportDefaultDeclaration",
          message: "Named exports only: one concept, one name.",
        },
      ],
    },
  },
  { files: ["*.config.ts"], rules: { "no-restricted-syntax": "off" } },
);
