//! The server inside the image of a static service.

use super::{cache, gzip, header, health, security_headers};
use crate::files::blueprint::Unit;
use artifact::nginx::Block;
use model::facts::Framework;
use model::media;

/// Its file, in the service's folder.
pub(super) const FILE: &str = crate::files::dockerfile::SITE_CONFIGURATION;

pub(super) fn text(unit: &Unit<'_>) -> String {
    let port = unit.port.unwrap_or(8080);
    let server = Block::new()
        .set(format!("listen {port}"))
        .set("server_name _")
        .set("server_tokens off")
        .set("root /usr/share/nginx/html")
        .set("index index.html")
        .set("absolute_redirect off")
        .gap();
    let server = security_headers(server, false).set("add_header Cache-Control $cache_control always").gap();
    let server = health(gzip(server, false).gap()).gap();
    let pages = if is_single_page(unit) {
        let endings: Vec<&str> = media::TYPES.iter().map(|(ending, _)| *ending).collect();
        server
            .comment("A file that is not there is not a page.")
            .block(
                format!("location ~* \\.({})$", endings.join("|")),
                Block::new().set("try_files $uri =404"),
            )
            .gap()
            .comment("Every other path is a page of the application, which knows it by itself.")
            .block("location /", Block::new().set("try_files $uri $uri/ /index.html"))
    } else {
        server
            .set("error_page 404 /404.html")
            .block("location /", Block::new().set("try_files $uri $uri/index.html $uri.html =404"))
    };
    header(&format!("The server inside the image of {}.", unit.name))
        .block("map \"$status $uri\" $cache_control", cache::map(unit))
        .gap()
        .block("server", pages)
        .to_string()
}

/// Whether paths are made by code in the browser. Generators of sites write a file for each page instead.
fn is_single_page(unit: &Unit<'_>) -> bool {
    !matches!(
        unit.service.framework,
        None | Some(
            Framework::Astro
                | Framework::Gatsby
                | Framework::Docusaurus
                | Framework::Eleventy
                | Framework::VitePress
                | Framework::NextJs
                | Framework::Nuxt
                | Framework::SvelteKit
        )
    )
}
