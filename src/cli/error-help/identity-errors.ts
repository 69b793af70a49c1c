import type { HelpOf } from './error-help.ts';

/** Errors of the identity token (exit code 3): nothing was sent to Dex. */
export const identityErrors: HelpOf<'identity_' | 'subject_token_' | 'idp_'> = {
  identity_none: {
    meaning: 'There is no identity token: no setting names one, and no CI system offers one.',
    causes: [
      'The job does not request a token: GitLab needs id_tokens, GitHub needs `permissions: id-token: write`.',
      'The variable with the token has another name than SUBJECT_TOKEN, IDP_TOKEN or GITLAB_OIDC_TOKEN.',
      'The call runs in a container that does not get the variables of the job.',
    ],
    remedy:
      'Request the token in the job, or say where it is with `--subject-token-env`, `--subject-token-file` or `--subject-token-command`.',
  },
  identity_ambiguous: {
    meaning:
      'Several CI systems offer an identity token, and dexchange does not guess which one to use.',
    causes: ['One CI system runs inside another, and the variables of both are set.'],
    remedy: 'Select one with `--identity NAME`.',
  },
  identity_unavailable: {
    meaning: 'The source that `--identity` selects is not available in this job.',
    causes: [
      'The job runs in another CI system.',
      'The job does not request a token, so the variables for it are missing.',
    ],
    remedy: 'Set the variables that the message lists, or remove `--identity`.',
  },
  identity_refused: {
    meaning: 'The CI system denied the request for an identity token.',
    causes: [
      'The job is not allowed to request identity tokens: GitHub needs `permissions: id-token: write`.',
      'The credential with which the job requests the token has expired.',
      'The CI system does not allow the audience.',
    ],
    remedy: 'Correct the permissions of the job. The message contains the answer of the CI system.',
  },
  subject_token_invalid: {
    meaning:
      'The configured identity token is empty or is not a token, or with `--method identity` it cannot be a credential.',
    causes: [
      'The step that provides it did not run.',
      'The value is JSON, is in quotes or base64, or contains log lines.',
      'With `--method identity`: it has expired, is not a signed JWT, or is for another audience than `--audience`.',
    ],
    remedy: 'Provide the bare token, and check it with `dexchange decode --token-env NAME`.',
  },
  subject_token_file_unreadable: {
    meaning: 'The file of `--subject-token-file` could not be read.',
    causes: [
      'The step that writes the file has not run, or the volume with the token is not mounted.',
      'The path is relative, and kubectl runs in another folder.',
      'The file belongs to another user.',
      'The file is a pipe, and nothing is written to it.',
    ],
    remedy:
      'Run `ls -l PATH` in the job to check the path and its permissions, and use an absolute path.',
  },
  subject_token_command_failed: {
    meaning: 'The command of `--subject-token-command` failed, or took too long.',
    causes: [
      'The program is not in the PATH of the job.',
      'The command needs a shell, a terminal or a login that the job does not have.',
    ],
    remedy:
      "Run the command by hand in the job. For variables and pipes, write it as `sh -c '...'`.",
  },
  idp_discovery_invalid: {
    meaning: 'The IdP of `--idp-issuer-url` has no usable discovery document.',
    causes: [
      'The URL is not the issuer: the realm, the path or the trailing slash is wrong.',
      'Another server answers, such as a login page.',
    ],
    remedy:
      'Run `curl -sS ISSUER/.well-known/openid-configuration` and set `--idp-issuer-url` to the issuer in it, or set `--idp-token-url`.',
  },
  idp_client_refused: {
    meaning: 'The IdP does not authenticate the client of `--idp-client-id`.',
    causes: [
      'The secret or key is wrong or was renewed.',
      'The client does not exist in this realm, or is disabled.',
      'The client is configured for another authentication method.',
    ],
    remedy:
      'Compare client id and secret with the IdP, and set `--idp-auth-method` to the method of the client.',
  },
  idp_refused: {
    meaning: 'The IdP authenticates the client, but issues no token.',
    causes: [
      'The client is not allowed to use the client credentials grant (Keycloak: Service accounts roles).',
      'A scope is not allowed for the client.',
    ],
    remedy:
      'Allow the grant and the scopes for the client in the IdP. The log of the IdP contains the reason.',
  },
};
