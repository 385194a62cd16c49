//! The largest request body that code accepts.

use super::super::graph::{Found, Modules};
use super::super::source::{Call, Module, Value};
use std::sync::Arc;

/// The largest limit that any call of these modules sets, in bytes.
pub(super) fn of(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Option<u64> {
    let limits = Limits { modules, sources };
    let calls = sources.iter().flat_map(|module| module.calls.iter().map(move |call| (module, call)));
    calls.flat_map(|(module, call)| limits.of_call(module, call)).max()
}

/// The largest limit that pages with routes of their own set: Next's `bodyParser.sizeLimit` and `bodySizeLimit`.
pub(super) fn of_pages(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Option<u64> {
    const KEYS: &[&[&str]] = &[
        &["api", "bodyParser", "sizeLimit"],
        &["serverActions", "bodySizeLimit"],
        &["experimental", "serverActions", "bodySizeLimit"],
    ];
    let limits = Limits { modules, sources };
    let kept = sources.iter().flat_map(|module| {
        module.constants.values().chain(module.exports.values()).map(move |value| (module, value))
    });
    let objects = kept.filter(|(_, value)| matches!(value, Value::Object(_)));
    objects
        .flat_map(|(module, value)| KEYS.iter().filter_map(move |keys| limits.at(module, value, keys)))
        .chain(of(modules, sources))
        .max()
}

#[derive(Clone, Copy)]
struct Limits<'a, 'r> {
    modules: &'a Modules<'r>,
    sources: &'a [Arc<Module>],
}

impl Limits<'_, '_> {
    fn of_call(self, module: &Arc<Module>, call: &Call) -> Vec<u64> {
        let keys = keys(module, call);
        let options = call.arguments.iter().filter(|_| !keys.is_empty());
        options.flat_map(|options| keys.iter().filter_map(|keys| self.at(module, options, keys))).collect()
    }

    /// The size under a path of keys in an object.
    fn at(self, module: &Arc<Module>, options: &Value, keys: &[&str]) -> Option<u64> {
        let mut found = self.modules.evaluate(module, options);
        for key in keys {
            let inner = found.value.property(key)?.clone();
            found = self.modules.evaluate(&found.module, &inner);
        }
        let bytes = self.number(&found, 8)?;
        // A body has a size that is a whole number, and larger ones than this are no limit.
        (bytes >= 1.0 && bytes < 2_f64.powi(53)).then_some(bytes as u64)
    }

    /// A size as a number of bytes; of two that are possible the larger.
    fn number(self, found: &Found, depth: u8) -> Option<f64> {
        let depth = depth.checked_sub(1)?;
        let inner = |value: &Value| self.number(&self.modules.evaluate(&found.module, value), depth);
        match &found.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => bytes(text),
            Value::Env(name) => self.default_of(name),
            Value::Product(left, right) => Some(inner(left)? * inner(right)?),
            Value::Joined(parts) => parts.iter().map(inner).sum(),
            Value::Either(first, second) => match (inner(first), inner(second)) {
                (Some(first), Some(second)) => Some(first.max(second)),
                (first, second) => first.or(second),
            },
            _ => None,
        }
    }

    /// What the code falls back to where a variable sets the limit.
    fn default_of(self, name: &str) -> Option<f64> {
        let reads = self
            .sources
            .iter()
            .flat_map(|module| module.reads.iter().chain(module.named_reads.iter().map(|named| &named.read)));
        reads.filter(|read| read.name == name).find_map(|read| bytes(read.default.as_deref()?))
    }
}

/// Where in the options of a call limits stand.
fn keys(module: &Module, call: &Call) -> &'static [&'static [&'static str]] {
    let root = match &call.callee {
        Value::Member(object, _) => object.last_name(),
        other => other.last_name(),
    };
    let library = module.imports.get(root).map_or("", |import| import.source.as_str());
    match (library, call.method()) {
        ("express" | "body-parser", _) => &[&["limit"]],
        ("koa-body" | "koa-bodyparser" | "@koa/bodyparser", _) => {
            &[&["jsonLimit"], &["formLimit"], &["textLimit"], &["xmlLimit"], &["formidable", "maxFileSize"]]
        }
        ("multer" | "@koa/multer" | "express-fileupload" | "busboy", _) => &[&["limits", "fileSize"]],
        ("formidable", _) => &[&["maxFileSize"], &["maxTotalFileSize"]],
        ("fastify", _) => &[&["bodyLimit"]],
        ("hono/body-limit", _) => &[&["maxSize"]],
        (_, "FastifyAdapter" | "post" | "put" | "patch" | "route") => &[&["bodyLimit"]],
        (_, "useBodyParser") => &[&["limit"]],
        (_, "register" | "registerAsync") => &[&["limits", "fileSize"], &["bodyLimit"]],
        (_, "FileInterceptor" | "FilesInterceptor" | "AnyFilesInterceptor" | "FileFieldsInterceptor") => {
            &[&["limits", "fileSize"]]
        }
        (_, "MaxFileSizeValidator" | "addMaxSizeValidator") => &[&["maxSize"]],
        (_, "serve") => &[&["maxRequestBodySize"]],
        _ => &[],
    }
}

/// A size as the `bytes` library reads it: a number with kb, mb, gb, tb or pb, in powers of 1024; else the whole number that the
/// text starts with. So `10m` is ten bytes.
pub(super) fn bytes(text: &str) -> Option<f64> {
    const UNITS: &[(&str, i32)] = &[("kb", 1), ("mb", 2), ("gb", 3), ("tb", 4), ("pb", 5)];
    let lower = text.to_ascii_lowercase();
    let with_unit = UNITS.iter().find_map(|(unit, power)| {
        let number = lower.strip_suffix(unit)?.trim_end_matches(' ');
        let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: f64 = number.parse().ok().filter(|_| plain(whole) && plain(part))?;
        Some((number * 1024_f64.powi(*power)).floor())
    });
    with_unit.or_else(|| {
        let start = lower.trim_start();
        let length = start.bytes().take_while(u8::is_ascii_digit).count();
        start[..length].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_read_as_the_bytes_library_does() {
        for (text, expected) in [
            ("10mb", Some(10_485_760.0)),
            ("1500kb", Some(1_536_000.0)),
            ("1.5 MB", Some(1_572_864.0)),
            ("0.5kb", Some(512.0)),
            ("1024", Some(1024.0)),
            ("10m", Some(10.0)),
            ("100b", Some(100.0)),
            (".5mb", None),
            ("mb", None),
            ("", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
