/** The API key of the local tenant `dev`. It is in every README, and so must never open anything but a local stack. */
export const devKey = 'dev-api-key-12345';
