//! The arguments of `pip install` (https://pip.pypa.io/en/stable/cli/pip_install/).

/// One of them, as far as it tells what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipArgument<'a> {
    /// A file of requirements.
    Requirements(&'a str),
    /// A file of constraints.
    Constraints(&'a str),
    /// A project that is installed as it lies there.
    Editable(&'a str),
    /// A requirement, another option, or the value of one.
    Other(&'a str),
}

/// Reads the words of a command in each form that pip takes: `-r FILE`, `-rFILE`, `--requirement FILE` and
/// `--requirement=FILE`. An option without its value is another one.
pub fn pip_arguments<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<PipArgument<'a>> {
    type Kind<'a> = fn(&'a str) -> PipArgument<'a>;
    let forms: [(&str, &str, Kind<'a>); 3] = [
        ("-r", "--requirement", PipArgument::Requirements),
        ("-c", "--constraint", PipArgument::Constraints),
        ("-e", "--editable", PipArgument::Editable),
    ];
    let mut words = words.into_iter();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let known = forms.iter().find_map(|(short, long, kind)| {
            let rest = word.strip_prefix(long).or_else(|| word.strip_prefix(short))?;
            match rest.strip_prefix('=') {
                Some(value) => Some((*kind, value)),
                // `--requirements` is no option, and `-right` is the file `ight`.
                None => (rest.is_empty() || !word.starts_with("--")).then_some((*kind, rest)),
            }
        });
        all.push(match known {
            Some((kind, "")) => words.next().map_or(PipArgument::Other(word), kind),
            Some((kind, value)) => kind(value),
            None => PipArgument::Other(word),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::PipArgument::{Constraints, Editable, Other, Requirements};
    use super::*;

    #[test]
    fn every_form_is_read() {
        let read = |text: &'static str| pip_arguments(text.split(' '));
        assert_eq!(
            read("pip install -r a.txt --requirement b.txt --requirement=c.txt -rd.txt"),
            [
                Other("pip"),
                Other("install"),
                Requirements("a.txt"),
                Requirements("b.txt"),
                Requirements("c.txt"),
                Requirements("d.txt")
            ]
        );
        assert_eq!(read("-c x.txt --constraint=y.txt"), [Constraints("x.txt"), Constraints("y.txt")]);
        assert_eq!(read("-e .[dev] flask"), [Editable(".[dev]"), Other("flask")]);
        for other in ["--requirements", "--no-cache-dir", "--require-hashes", "-q", "-r"] {
            assert_eq!(read(other), [Other(other)], "{other}");
        }
    }
}
