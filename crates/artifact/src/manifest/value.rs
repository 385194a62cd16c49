//! How single values are read.

use super::reader::{Node, Read};
use model::facts::{DatastoreKind, Phase, ServiceKind};
use model::id::{DatastoreName, EnvironmentName, ProjectName, ServiceName};
use model::manifest::file::StrategyName;
use model::manifest::{Provider, Publish, Target};
use model::spelling::nearest;
use model::unit::{Bytes, Millis, Port};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use toml_edit::Item;

impl Read for String {
    fn read(node: &Node<'_>) -> Option<Self> {
        match node.item.as_str() {
            Some(text) => Some(text.to_owned()),
            None => node.expected("a text", quoted(node.item)),
        }
    }
}

/// A number or a word that only lacks its quotes.
fn quoted(item: &Item) -> Option<String> {
    let plain = item.is_integer() || item.is_float() || item.is_bool() || item.is_datetime();
    plain.then(|| format!("write \"{}\"", item.to_string().trim()))
}

impl Read for PathBuf {
    fn read(node: &Node<'_>) -> Option<Self> {
        String::read(node).map(Self::from)
    }
}

impl Read for bool {
    fn read(node: &Node<'_>) -> Option<Self> {
        let suggestion = || match node.item.as_str()? {
            word @ ("true" | "false") => Some(format!("write {word} without quotes")),
            _ => None,
        };
        node.item.as_bool().or_else(|| node.expected("true or false", suggestion()))
    }
}

impl Read for f64 {
    fn read(node: &Node<'_>) -> Option<Self> {
        // Whole numbers in a manifest are small; nothing is lost up to 2^53.
        #[allow(clippy::cast_precision_loss)]
        let number = node.item.as_float().or_else(|| node.item.as_integer().map(|whole| whole as Self));
        match number {
            Some(number) if number.is_finite() => Some(number),
            Some(_) => {
                node.wrong("must be a finite number", None);
                None
            }
            None => node.expected("a number", None),
        }
    }
}

/// A whole number in a range.
fn whole<T: TryFrom<i64>>(node: &Node<'_>, least: i64, most: i64) -> Option<T> {
    let expected = format!("a whole number from {least} to {most}");
    let Some(number) = node.item.as_integer() else {
        let unquoted = node.item.as_str().filter(|text| text.parse::<i64>().is_ok());
        return node.expected(&expected, unquoted.map(|text| format!("write {text} without quotes")));
    };
    let fitting = (least..=most).contains(&number).then(|| T::try_from(number).ok()).flatten();
    if fitting.is_none() {
        node.wrong(format!("must be {expected}, not {number}"), None);
    }
    fitting
}

impl Read for u8 {
    fn read(node: &Node<'_>) -> Option<Self> {
        whole(node, 0, Self::MAX.into())
    }
}

impl Read for u16 {
    fn read(node: &Node<'_>) -> Option<Self> {
        whole(node, 0, Self::MAX.into())
    }
}

impl Read for u32 {
    fn read(node: &Node<'_>) -> Option<Self> {
        whole(node, 0, Self::MAX.into())
    }
}

impl Read for Port {
    fn read(node: &Node<'_>) -> Option<Self> {
        whole(node, 1, u16::MAX.into()).map(Self)
    }
}

/// A text with a form of its own; the error says which.
fn formed<T: FromStr<Err: std::fmt::Display>>(node: &Node<'_>) -> Option<T> {
    match String::read(node)?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            node.wrong(format!("cannot be read: {error}"), None);
            None
        }
    }
}

impl Read for Millis {
    fn read(node: &Node<'_>) -> Option<Self> {
        match node.item.as_integer() {
            Some(number) => {
                node.expected("a duration", Some(format!("write \"{number}s\" or \"{number}ms\"")))
            }
            None => formed(node),
        }
    }
}

impl Read for Bytes {
    fn read(node: &Node<'_>) -> Option<Self> {
        match node.item.as_integer() {
            Some(_) => whole(node, 0, i64::MAX).map(Self),
            None => formed(node),
        }
    }
}

impl Read for IpAddr {
    fn read(node: &Node<'_>) -> Option<Self> {
        let text = String::read(node)?;
        let address = text.parse().ok();
        if address.is_none() {
            let suggestion = "write 127.0.0.1 for this machine only, 0.0.0.0 for everyone";
            node.wrong(format!("is not an IP address: `{text}`"), Some(suggestion.to_owned()));
        }
        address
    }
}

/// A name of ours, as a value or as a key.
pub(super) trait Name: Sized + Ord {
    fn of(text: &str) -> Result<Self, (String, Option<String>)>;
}

macro_rules! names {
    ($($name:ident),*) => {$(
        impl Name for $name {
            fn of(text: &str) -> Result<Self, (String, Option<String>)> {
                let near = || Self::nearest(text).map(|near| format!("write `{near}`"));
                Self::new(text).map_err(|error| (error.to_string(), near()))
            }
        }

        impl Read for $name {
            fn read(node: &Node<'_>) -> Option<Self> {
                let text = String::read(node)?;
                Self::of(&text).map_err(|(message, suggestion)| node.wrong(format!("cannot be used: {message}"), suggestion)).ok()
            }
        }
    )*};
}
names!(ProjectName, ServiceName, DatastoreName, EnvironmentName);

/// The name of a variable.
impl Name for String {
    fn of(text: &str) -> Result<Self, (String, Option<String>)> {
        if text.is_empty() || text.contains(|c: char| c == '=' || c.is_control() || c.is_whitespace()) {
            return Err((format!("{text:?} is no name of a variable"), None));
        }
        Ok(text.to_owned())
    }
}

impl<K: Name, V: Read> Read for BTreeMap<K, V> {
    fn read(node: &Node<'_>) -> Option<Self> {
        let Some(table) = node.item.as_table_like() else { return node.expected("a table", None) };
        let mut map = Self::new();
        for (key, _) in table.iter() {
            // The value is read even under a wrong name: its problems are told as well.
            let value = node.child(key).and_then(|child| V::read(&child));
            match (K::of(key), value) {
                (Ok(key), Some(value)) => {
                    map.insert(key, value);
                }
                (Ok(_), None) => {}
                (Err((message, suggestion)), _) => {
                    node.wrong_key(key, format!("cannot be used: {message}"), suggestion)
                }
            }
        }
        Some(map)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node<'_>) -> Option<Self> {
        let Some(array) = node.item.as_array() else {
            let suggestion = node.item.is_str().then(|| format!("write [{}]", node.item.to_string().trim()));
            return node.expected("a list", suggestion);
        };
        let items: Vec<Item> = array.iter().cloned().map(Item::Value).collect();
        let read = |(number, item)| T::read(&node.element(item, number));
        // All are read before the first wrong one ends it.
        let read: Vec<Option<T>> = items.iter().enumerate().map(read).collect();
        read.into_iter().collect()
    }
}

/// One of a few words, as they are serialised.
fn word<T: DeserializeOwned + JsonSchema>(node: &Node<'_>) -> Option<T> {
    let text = String::read(node)?;
    if let Ok(value) = serde_json::from_value(serde_json::Value::String(text.clone())) {
        return Some(value);
    }
    let words = words(&schemars::schema_for!(T).to_value());
    let suggestion = match nearest(&text, words.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("use one of {}", words.join(", ")),
    };
    node.wrong(format!("does not know the word `{text}`"), Some(suggestion));
    None
}

/// The words that a schema allows.
fn words(schema: &serde_json::Value) -> Vec<String> {
    let listed = ["enum", "oneOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let single = schema.get("const").into_iter();
    let own = schema.as_str().map(str::to_owned).into_iter();
    own.chain(listed.chain(single).flat_map(words)).collect()
}

macro_rules! words_of {
    ($($name:ident),*) => {$(
        impl Read for $name {
            fn read(node: &Node<'_>) -> Option<Self> {
                word(node)
            }
        }
    )*};
}
words_of!(StrategyName, ServiceKind, DatastoreKind, Phase, Provider, Publish, Target);
