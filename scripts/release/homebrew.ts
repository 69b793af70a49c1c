import type { PublishedArchive, PublishedProject } from './published-archive.ts';

/** The formula for a Homebrew tap: https://docs.brew.sh/Formula-Cookbook */
export function homebrewFormula(
  project: PublishedProject,
  archives: readonly PublishedArchive[],
): string {
  return `class Dexchange < Formula
  desc "Credential plugin for kubectl that exchanges CI identity tokens at Dex"
  homepage "${project.homepage}"
  version "${project.version}"
  license "${project.license}"
${system('macos', archives)}${system('linux', archives)}
  def install
    bin.install "bin/dexchange"
    man1.install Dir["share/man/man1/*"]
    bash_completion.install "share/bash-completion/completions/dexchange"
    zsh_completion.install "share/zsh/site-functions/_dexchange"
    fish_completion.install "share/fish/vendor_completions.d/dexchange.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/dexchange version")
  end
end
`;
}

/** The block of a system, with the archive of each processor; empty if there is none. */
function system(os: 'macos' | 'linux', archives: readonly PublishedArchive[]): string {
  const blocks = archives
    .filter(({ binary }) => binary.os === os)
    .map(
      ({ binary, url, sha256 }) => `    on_${binary.arch === 'arm64' ? 'arm' : 'intel'} do
      url "${url}"
      sha256 "${sha256}"
    end
`,
    );
  return blocks.length === 0 ? '' : `\n  on_${os} do\n${blocks.join('')}  end\n`;
}
