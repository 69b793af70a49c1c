import { ambientSystems } from '../../identity/select-ambient.ts';
import { type HelpTopic, lines, paragraph, table } from './help-topic.ts';

export const ci: HelpTopic = {
  name: 'ci',
  summary: 'how a job of a CI system gets its identity token',
  parts: [
    paragraph(`A job needs an image with kubectl and dexchange, a kubeconfig, the client secret in the variable
DEXCHANGE_CLIENT_SECRET, and an identity token. dexchange takes the token from the settings
--subject-token-..., else from an IdP if an --idp- setting is set, else from the CI system. It never falls
back to another source.`),
    lines(
      'GitLab: a variable with the token, for the issuer URL of Dex',
      `deploy:
  id_tokens:
    GITLAB_OIDC_TOKEN:
      aud: https://dex.example.com/
  variables:
    KUBECONFIG: $CI_PROJECT_DIR/ci.kubeconfig
  script:
    - kubectl get ns
`,
    ),
    lines(
      'GitHub: the permission to request tokens',
      `permissions:
  id-token: write
  contents: read
env:
  KUBECONFIG: ci.kubeconfig
  DEXCHANGE_CLIENT_SECRET: \${{ secrets.DEXCHANGE_CLIENT_SECRET }}
`,
    ),
    table(
      'Token lifetime of each value of --identity',
      ambientSystems.map(({ name, tokenLifetime, renewable }) => [
        name,
        `${tokenLifetime}${renewable ? '' : '; a job cannot renew it'}`,
      ]),
    ),
    lines(
      'If it does not work, and for jobs with many or long calls',
      `dexchange doctor
dexchange exec -- ./deploy.sh
eval "$(dexchange agent start)"
`,
    ),
  ],
};
