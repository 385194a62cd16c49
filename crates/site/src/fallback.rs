//! What a site without a file for a path is.

use std::fs;
use std::io;
use std::path::Path;

/// What is answered where there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// The site routes in the browser: any path but that of a file gets `index.html`.
    SinglePage,
    /// The site has a file for every page: anything else is 404, with the site's own `404.html` if it has one.
    NotFound,
}

impl Fallback {
    /// A site whose only page is `index.html` routes in the browser.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn detect(root: &Path) -> io::Result<Self> {
        let single = root.join("index.html").is_file() && !has_another_page(root, root)?;
        Ok(if single { Self::SinglePage } else { Self::NotFound })
    }
}

fn has_another_page(root: &Path, folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // Links to folders are not followed: they could lead in circles.
        if entry.file_type()?.is_dir() {
            if has_another_page(root, &path)? {
                return Ok(true);
            }
        } else if path.extension().is_some_and(|extension| extension == "html")
            && path != root.join("index.html")
        {
            return Ok(true);
        }
    }
    Ok(false)
}
