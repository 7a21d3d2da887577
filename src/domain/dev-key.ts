/** The API key of the local tenant `dev`. It is public: every README names it, so it must open local stacks only. */
export const devKey = 'dev-api-key-12345';
