//! Counts, as the tools that run the tests report them.

use crate::finding::Level;

/// How many tests ended how.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    /// What failed, and what was skipped and why.
    pub notes: Vec<(Level, String)>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend(other.notes);
    }

    pub fn fail(&mut self, what: impl Into<String>) {
        self.failed += 1;
        self.notes.push((Level::Error, what.into()));
    }

    pub fn skip(&mut self, what: impl Into<String>) {
        self.skipped += 1;
        self.notes.push((Level::Warning, what.into()));
    }

    /// What a suite of another tool reported, and whether that tool ended well. A tool that failed without a test that
    /// did, or that ran nothing, counts as a failure.
    pub fn of_suite(name: &str, counts: Option<Counts>, ended_well: bool) -> Self {
        let counts = counts.unwrap_or_default();
        let mut tally = Self { passed: counts.passed, ..Self::default() };
        for _ in 0..counts.failed {
            tally.fail(format!("{name}: see above"));
        }
        for _ in 0..counts.skipped {
            tally.skip(format!("{name}: see above"));
        }
        if counts.failed == 0 && !ended_well {
            tally.fail(format!("{name}: the run failed"));
        } else if counts == Counts::default() {
            tally.fail(format!("{name}: no test ran"));
        }
        tally
    }
}

/// What a tool's summary says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

/// Sums of `test result: ok. 3 passed; 0 failed; 1 ignored; …`, one line a test program.
pub fn libtest(output: &str) -> Option<Counts> {
    let lines = output.lines().filter_map(|line| line.strip_prefix("test result: "));
    lines.map(|line| words(line.split_once(". ").map_or(line, |(_, rest)| rest), ';')).reduce(Counts::plus)
}

/// `25 passed, 1 skipped in 3.21s`, between equals signs.
pub fn pytest(output: &str) -> Option<Counts> {
    let summary = output.lines().rev().map(|line| line.trim_matches(['=', ' ']));
    let summary = summary.filter_map(|line| line.rsplit_once(" in ")).map(|(counts, _)| words(counts, ','));
    summary.into_iter().find(|counts| *counts != Counts::default())
}

/// Sums of the `# pass 12` or `ℹ pass 12` lines at the end of every `node --test`.
pub fn node(output: &str) -> Option<Counts> {
    let of = |name: &str| {
        let numbers = output.lines().filter_map(|line| {
            let line = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
            line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<usize>().ok()
        });
        numbers.reduce(|sum, number| sum + number)
    };
    let count = |name| of(name).unwrap_or(0);
    let failed = count("fail") + count("cancelled");
    Some(Counts { passed: of("pass")?, failed, skipped: count("skipped") + count("todo") })
}

/// `Tests  1 failed | 25 passed | 2 skipped (28)`, after the line that counts files.
pub fn vitest(output: &str) -> Option<Counts> {
    let summary = output.lines().rev().find_map(|line| line.trim().strip_prefix("Tests "))?;
    Some(words(summary, '|')).filter(|counts| *counts != Counts::default())
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// `3 passed, 1 failed`: a number and what it counts, several times.
fn words(text: &str, separator: char) -> Counts {
    let mut counts = Counts::default();
    for part in text.split(separator) {
        let mut words = part.split_whitespace();
        let Some(number) = words.next().and_then(|number| number.parse::<usize>().ok()) else { continue };
        match words.next() {
            Some("passed" | "xpassed") => counts.passed += number,
            Some("failed" | "error" | "errors") => counts.failed += number,
            Some("skipped" | "ignored" | "todo" | "xfailed") => counts.skipped += number,
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: usize, failed: usize, skipped: usize) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn summaries_are_read() {
        let two = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s\n\
                   test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(libtest(two), Some(counts(4, 2, 1)));
        let python = "SKIPPED [1] tests/a.py:9: needs it\n===== 1 failed, 25 passed, 2 skipped, 1 error in 3.21s =====\n";
        assert_eq!(pytest(python), Some(counts(25, 2, 2)));
        let spec = "✔ a\nℹ tests 14\nℹ pass 12\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\nℹ todo 0\n";
        assert_eq!(node(spec), Some(counts(12, 2, 0)));
        assert_eq!(node("# tests 2\n# pass 2\n# fail 0\n"), Some(counts(2, 0, 0)));
        assert_eq!(node("# pass 2\n# fail 1\nmore\n# pass 3\n# fail 0\n"), Some(counts(5, 1, 0)));
        let files = " Test Files  1 failed | 2 passed (3)\n      Tests  2 failed | 25 passed | 1 skipped (28)\n   Start at  14:30:42\n";
        assert_eq!(vitest(files), Some(counts(25, 2, 1)));
        assert_eq!(vitest(" Test Files  1 failed (1)\n      Tests  no tests\n"), None);
        assert_eq!((libtest("nothing"), pytest("in vain in 3s"), node("ok")), (None, None, None));
    }

    #[test]
    fn a_run_that_failed_or_ran_nothing_is_a_failure() {
        assert_eq!(Tally::of_suite("a", Some(counts(3, 0, 0)), true).failed, 0);
        assert_eq!(Tally::of_suite("a", Some(counts(3, 1, 0)), false).failed, 1);
        assert_eq!(Tally::of_suite("a", Some(counts(3, 0, 0)), false).failed, 1);
        assert_eq!(Tally::of_suite("a", None, true).failed, 1);
        assert_eq!(Tally::of_suite("a", Some(counts(0, 0, 2)), true).skipped, 2);
    }
}
