/**
 * Whether a token is signed by a key that its issuer publishes now: `signed`; `other-key`, there is
 * a key of that name, or none has a name, but the signature is not of it; `unknown-key`, none of
 * the keys has the token's `kid`; `unreachable`, the issuer could not be asked.
 */
export type KeyCheck = 'signed' | 'other-key' | 'unknown-key' | 'unreachable';
