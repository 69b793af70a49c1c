/** The claims of an identity token from which Dex makes a user. */
export interface UserClaims {
  /** The claim that becomes the Kubernetes user. */
  readonly email: string;
  /** The claim for the name, which Dex requires. */
  readonly name: string;
  /** Whether tokens have the claim email_verified, which Dex requires otherwise. */
  readonly hasVerifiedEmail: boolean;
}

/** A public service that issues identity tokens to CI jobs. */
export interface PublicIssuer {
  /** Who has tokens of this issuer: `every project on gitlab.com`. */
  readonly who: string;
  /**
   * The claims that tell one customer of the service from another, the usual one first. Undefined if
   * the issuer belongs to one customer already.
   */
  readonly tenantClaims?: readonly [string, ...string[]];
  /** What its tokens have instead of the standard claims; undefined if `--provider` decides. */
  readonly user?: UserClaims;
  /** Whether the issuer in its tokens ends with a slash. */
  readonly endsWithSlash?: true;
}

/** In the job tokens of every GitLab. */
export const gitlabUser: UserClaims = {
  email: 'user_email',
  name: 'user_login',
  hasVerifiedEmail: false,
};

/** In the job tokens of every GitHub, and of services with tokens whose subject names the project. */
export const subjectUser: UserClaims = { email: 'sub', name: 'sub', hasVerifiedEmail: false };

const repositoryClaims = [
  'repository_owner',
  'repository_owner_id',
  'repository',
  'repository_id',
] as const;

/** By host and path of the issuer; the names of claims are those that each service documents. */
const issuers: readonly (readonly [pattern: RegExp, issuer: PublicIssuer])[] = [
  [
    /^gitlab\.com$/,
    {
      who: 'every project on gitlab.com',
      tenantClaims: [
        'namespace_path',
        'namespace_id',
        'project_path',
        'project_id',
        'groups_direct',
      ],
      user: gitlabUser,
    },
  ],
  [
    /^token\.actions\.githubusercontent\.com$/,
    {
      who: 'every repository on github.com',
      tenantClaims: [...repositoryClaims, 'enterprise', 'enterprise_id'],
      user: subjectUser,
    },
  ],
  [
    // An enterprise can have an issuer of its own: on github.com with its name as the path, or on GHE.com.
    /^token\.actions\.(?:githubusercontent\.com\/[^/]+|[^/.]+\.ghe\.com(?:\/[^/]+)?)$/,
    { who: 'every repository of the GitHub enterprise', user: subjectUser },
  ],
  [
    /^codeberg\.org\/api\/actions$/,
    {
      who: 'every repository on codeberg.org',
      tenantClaims: [...repositoryClaims],
      user: subjectUser,
    },
  ],
  [
    /^agent\.buildkite\.com$/,
    {
      who: 'every organization on Buildkite',
      tenantClaims: ['organization_slug', 'organization_id', 'pipeline_id'],
      user: { email: 'pipeline_slug', name: 'pipeline_slug', hasVerifiedEmail: false },
    },
  ],
  [
    /^app\.(?:eu\.)?terraform\.io$/,
    {
      who: 'every organization on HCP Terraform',
      tenantClaims: [
        'terraform_organization_name',
        'terraform_organization_id',
        'terraform_project_id',
        'terraform_workspace_id',
        'terraform_full_workspace',
      ],
      user: {
        email: 'terraform_full_workspace',
        name: 'terraform_full_workspace',
        hasVerifiedEmail: false,
      },
    },
  ],
  [
    /^accounts\.google\.com$/,
    {
      who: 'every Google account and service account',
      tenantClaims: ['email', 'sub', 'hd'],
      user: { email: 'email', name: 'email', hasVerifiedEmail: true },
    },
  ],
  [
    /^login\.microsoftonline\.com\/[^/]+\/v2\.0$/,
    {
      who: 'every application and user of the Entra tenant',
      tenantClaims: ['sub', 'oid', 'azp', 'groups'],
      user: subjectUser,
    },
  ],
  [
    /^oidc\.codefresh\.io$/,
    {
      who: 'every account on Codefresh',
      tenantClaims: ['account_id', 'pipeline_id'],
      // The subject contains who started the build.
      user: { email: 'pipeline_id', name: 'pipeline_name', hasVerifiedEmail: false },
    },
  ],
  [
    // The subject is the same for a whole organization.
    /^login\.app\.env0\.com$/,
    {
      who: 'every organization on env zero',
      tenantClaims: ['organizationId', 'projectId', 'environmentId'],
      user: { email: 'environmentId', name: 'environmentName', hasVerifiedEmail: false },
      endsWithSlash: true,
    },
  ],
  [
    /^[^./]+\.semaphoreci\.com$/,
    { who: 'every project of the Semaphore organization', user: subjectUser },
  ],
  [
    /^[^./]+\.app\.(?:us\.)?spacelift\.io$/,
    {
      who: 'every stack of the Spacelift account',
      user: { email: 'sub', name: 'callerId', hasVerifiedEmail: false },
    },
  ],
  [
    /^[^./]+\.tokens\.sts\.global\.api\.aws$/,
    { who: 'every role and user of the AWS account', user: subjectUser },
  ],
  [
    /^vstoken\.dev\.azure\.com\/[^/]+$/,
    { who: 'every project of the Azure DevOps organization', user: subjectUser },
  ],
  [
    /^oidc\.circleci\.com\/org\/[^/]+$/,
    {
      who: 'every project of the CircleCI organization',
      user: { email: 'oidc.circleci.com/project-id', name: 'sub', hasVerifiedEmail: false },
    },
  ],
  [
    /^api\.bitbucket\.org\/2\.0\/workspaces\/[^/]+\/pipelines-config\/identity\/oidc$/,
    {
      who: 'every repository of the Bitbucket workspace',
      // The subject contains the step, so it is different in each run.
      user: { email: 'repositoryUuid', name: 'sub', hasVerifiedEmail: false },
    },
  ],
];

/**
 * What is known about an issuer, without a request; undefined for one that this program does not
 * know, such as a self-managed GitLab.
 * @param url an issuer URL, with or without a trailing slash
 */
export function publicIssuer(url: string): PublicIssuer | undefined {
  const { host, pathname } = new URL(url);
  const place = `${host}${pathname.replace(/\/+$/, '')}`;
  return issuers.find(([pattern]) => pattern.test(place))?.[1];
}

/**
 * The issuer URL as the tokens contain it: Dex compares every character. Known public issuers have a
 * host in lower case and a known end; any other URL is returned as it is.
 */
export function issuerInTokens(url: string): string {
  const issuer = publicIssuer(url);
  if (issuer === undefined) return url;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}${issuer.endsWithSlash === true ? '/' : ''}`;
}
