//! How long a browser keeps the files of a site.

use crate::files::blueprint::Unit;
use artifact::nginx::Block;
use model::facts::Framework;

/// A map to `$cache_control`. What was not found is kept by nobody: it may come with the next release.
pub(super) fn map(unit: &Unit<'_>) -> Block {
    let found = "~^20[06] ";
    Block::new()
        .set("default \"no-cache\"")
        .comment("A name with a digest in it never means other content.")
        .set(format!(
            "\"{found}{}\" \"public, max-age=31536000, immutable\"",
            digested(unit.service.framework)
        ))
}

/// Where the framework's builder puts files with a digest in their names, and what such a name looks like. Elsewhere only
/// hexadecimal digits count: `apple-touch-icon.png` has none.
fn digested(framework: Option<Framework>) -> &'static str {
    match framework {
        Some(Framework::Vite) => r"/assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$",
        Some(Framework::Astro) => r"/_astro/.+\.[A-Za-z0-9_-]{8}\.[a-z0-9]+$",
        Some(Framework::NextJs) => "/_next/static/",
        Some(Framework::SvelteKit) => "/_app/immutable/",
        Some(Framework::Nuxt) => "/_nuxt/.+",
        _ => r".*[.-](?=[a-f]*[0-9])[0-9a-f]{8,}\.(chunk\.)?[a-z0-9]+$",
    }
}
