//! A page of keys, with the ones that share a folder rolled up.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use std::ops::Bound;
use std::sync::Arc;

use super::{Objects, Record};

pub(crate) struct Query {
    /// Only keys that start with this.
    pub(crate) prefix: String,
    /// Keys that have this after the prefix are rolled up to it.
    pub(crate) delimiter: Option<String>,
    /// Only what comes after this key or rolled-up prefix.
    pub(crate) after: Option<String>,
    /// How many to give at most.
    pub(crate) limit: usize,
}

#[derive(Debug)]
pub(crate) enum Listed {
    Object(Arc<Record>),
    Prefix(String),
}

impl Listed {
    fn name(&self) -> &str {
        match self {
            Self::Object(record) => &record.key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) listed: Vec<Listed>,
    /// What to give as `after` for the next page; `None` on the last.
    pub(crate) next: Option<String>,
}

pub(super) fn page(objects: &Objects, query: &Query) -> Page {
    let mut page = Page::default();
    if query.limit == 0 {
        return page;
    }
    let start = match &query.after {
        Some(after) if *after >= query.prefix => Bound::Excluded(after.as_str()),
        Some(_) | None => Bound::Included(query.prefix.as_str()),
    };
    for (key, entry) in objects.range::<str, _>((start, Bound::Unbounded)) {
        if !key.starts_with(&query.prefix) {
            break;
        }
        let listed = match rolled_up(key, query) {
            Some(prefix) if is_given(prefix, &page, query) => continue,
            Some(prefix) => Listed::Prefix(prefix.to_owned()),
            None => Listed::Object(Arc::clone(&entry.record)),
        };
        if page.listed.len() == query.limit {
            page.next = page.listed.last().map(|last| last.name().to_owned());
            break;
        }
        page.listed.push(listed);
    }
    page
}

fn rolled_up<'a>(key: &'a str, query: &Query) -> Option<&'a str> {
    let delimiter = query.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
    let rest = &key[query.prefix.len()..];
    let end = rest.find(delimiter)? + delimiter.len();
    Some(&key[..query.prefix.len() + end])
}

fn is_given(prefix: &str, page: &Page, query: &Query) -> bool {
    let on_this_page = matches!(page.listed.last(), Some(Listed::Prefix(last)) if last == prefix);
    on_this_page || query.after.as_deref() == Some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Attributes, Entry};

    fn objects(keys: &[&str]) -> Objects {
        let record = |key: &str| Record::new(key.into(), 0, String::new(), Attributes::default());
        let entry = |key: &&str| (String::from(*key), Entry { record: Arc::new(record(key)), sequence: 0 });
        keys.iter().map(entry).collect()
    }

    /// All pages, each as its names, following `next`.
    fn pages(keys: &[&str], prefix: &str, delimiter: Option<&str>, limit: usize) -> Vec<Vec<String>> {
        let objects = objects(keys);
        let mut query =
            Query { prefix: prefix.into(), delimiter: delimiter.map(Into::into), after: None, limit };
        let mut pages = Vec::new();
        loop {
            let page = page(&objects, &query);
            pages.push(page.listed.iter().map(|listed| listed.name().to_owned()).collect());
            match page.next {
                Some(next) => query.after = Some(next),
                None => return pages,
            }
        }
    }

    #[test]
    fn rolls_folders_up_once_over_pages() {
        let keys = ["a", "b/1", "b/2", "b/3", "c/1", "d"];
        assert_eq!(pages(&keys, "", Some("/"), 2), [vec!["a", "b/"], vec!["c/", "d"]]);
        assert_eq!(pages(&keys, "", Some("/"), 1), [["a"], ["b/"], ["c/"], ["d"]]);
    }

    #[test]
    fn keeps_to_the_prefix() {
        let keys = ["a/1", "a/2/x", "a/2/y", "b"];
        assert_eq!(pages(&keys, "a/", None, 10), [["a/1", "a/2/x", "a/2/y"]]);
        assert_eq!(pages(&keys, "a/", Some("/"), 10), [["a/1", "a/2/"]]);
        assert_eq!(pages(&keys, "z", None, 10), [Vec::<String>::new()]);
    }

    #[test]
    fn a_full_last_page_is_the_last() {
        assert_eq!(pages(&["a", "b"], "", None, 2), [["a", "b"]]);
        assert_eq!(pages(&["é", "ü/ö"], "", Some("/"), 1), [["é"], ["ü/"]]);
    }
}
