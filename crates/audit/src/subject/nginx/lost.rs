//! Directives that are inherited only by a block that has none of its own.

use super::Found;
use artifact::nginx::read::Directive;

/// The first directive of a name in a block, and those from around it whose first word (in lower case) matters and that it
/// therefore loses.
pub fn lost<'a>(
    block: &Found<'a>,
    name: &str,
    matters: impl Fn(&str) -> bool,
) -> Option<(&'a Directive, Vec<&'a Directive>)> {
    let own: Vec<&Directive> = block.inside().iter().filter(|known| known.name == name).collect();
    let first = own.first().copied()?;
    let again =
        |header: &Directive| own.iter().any(|known| known.first().eq_ignore_ascii_case(header.first()));
    let mut lost = block.in_force(name);
    lost.retain(|header| matters(&header.first().to_ascii_lowercase()) && !again(header));
    (!lost.is_empty()).then_some((first, lost))
}
