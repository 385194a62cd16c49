//! From words to an expression. `||` binds least, then `&&`, equality, order, `!`, and parts of a value most.

use super::lexer::{Token, problem};
use super::{Comparison, Expression, Literal, Part, Problem};

/// How deep GitHub lets expressions be nested.
const MAX_DEPTH: usize = 50;
/// More words than a person writes; whoever walks an expression does so by recursion.
const MAX_WORDS: usize = 2_000;

pub(super) fn parse(tokens: Vec<(usize, Token)>, end: usize) -> Result<Expression, Problem> {
    if let Some((offset, _)) = tokens.get(MAX_WORDS) {
        return Err(problem(*offset, "the expression is too long"));
    }
    let mut parser = Parser { tokens, at: 0, end, depth: 0 };
    let whole = parser.any()?;
    match parser.tokens.get(parser.at) {
        Some((offset, _)) => Err(problem(*offset, "something follows where the expression is complete")),
        None => Ok(whole),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
    depth: usize,
}

type Read = Result<Expression, Problem>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is = self.peek() == Some(token);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, token: &Token, sign: &str) -> Result<(), Problem> {
        if self.take(token) { Ok(()) } else { Err(self.wrong(&format!("`{sign}` is missing"))) }
    }

    fn wrong(&self, message: &str) -> Problem {
        problem(self.tokens.get(self.at).map_or(self.end, |(offset, _)| *offset), message)
    }

    fn any(&mut self) -> Read {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("the expression is nested too deep"));
        }
        let whole = self.joined(&Token::Or, Self::all, Expression::Any);
        self.depth -= 1;
        whole
    }

    fn all(&mut self) -> Read {
        self.joined(&Token::And, Self::equality, Expression::All)
    }

    fn joined(
        &mut self,
        sign: &Token,
        operand: fn(&mut Self) -> Read,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Read {
        let first = operand(self)?;
        let mut operands = vec![first];
        while self.take(sign) {
            operands.push(operand(self)?);
        }
        Ok(if operands.len() == 1 { operands.remove(0) } else { join(operands) })
    }

    fn equality(&mut self) -> Read {
        let is = |sign| matches!(sign, Comparison::Equal | Comparison::Unequal);
        self.compared(is, Self::order)
    }

    fn order(&mut self) -> Read {
        let is = |sign| !matches!(sign, Comparison::Equal | Comparison::Unequal);
        self.compared(is, Self::not)
    }

    fn compared(&mut self, is: fn(Comparison) -> bool, operand: fn(&mut Self) -> Read) -> Read {
        let mut left = operand(self)?;
        while let Some(Token::Compare(sign)) = self.peek().cloned()
            && is(sign)
        {
            self.at += 1;
            left = Expression::Compare(Box::new(left), sign, Box::new(operand(self)?));
        }
        Ok(left)
    }

    /// What comes of `!` is true or false, however many there are: one is kept.
    fn not(&mut self) -> Read {
        let start = self.at;
        while self.take(&Token::Not) {}
        let negated = self.at > start;
        let operand = self.member()?;
        Ok(if negated { Expression::Not(Box::new(operand)) } else { operand })
    }

    fn member(&mut self) -> Read {
        let mut whole = self.value()?;
        loop {
            let part = if self.take(&Token::Dot) {
                self.named()?
            } else if self.take(&Token::OpenIndex) {
                let part = if self.take(&Token::Star) { Part::Every } else { computed(self.any()?) };
                self.expect(&Token::CloseIndex, "]")?;
                part
            } else {
                return Ok(whole);
            };
            whole = Expression::Member { of: Box::new(whole), part };
        }
    }

    fn named(&mut self) -> Result<Part, Problem> {
        let part = match self.peek() {
            Some(Token::Name(name)) => Part::Named(name.clone()),
            Some(Token::Star) => Part::Every,
            _ => return Err(self.wrong("a name is missing behind `.`")),
        };
        self.at += 1;
        Ok(part)
    }

    fn value(&mut self) -> Read {
        let literal = match self.peek().cloned() {
            Some(Token::Number(number)) => Literal::Number(number),
            Some(Token::Text(text)) => Literal::Text(text),
            Some(Token::Open) => {
                self.at += 1;
                let inside = self.any()?;
                self.expect(&Token::Close, ")")?;
                return Ok(inside);
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                return self.call_or_context(name);
            }
            _ => return Err(self.wrong("a value is missing")),
        };
        self.at += 1;
        Ok(Expression::Literal(literal))
    }

    fn call_or_context(&mut self, name: String) -> Read {
        if !self.take(&Token::Open) {
            return Ok(match name.as_str() {
                "null" => Expression::Literal(Literal::Null),
                "true" => Expression::Literal(Literal::Truth(true)),
                "false" => Expression::Literal(Literal::Truth(false)),
                "NaN" => Expression::Literal(Literal::Number(f64::NAN)),
                "Infinity" => Expression::Literal(Literal::Number(f64::INFINITY)),
                _ => Expression::Context(name),
            });
        }
        let mut arguments = Vec::new();
        if !self.take(&Token::Close) {
            arguments.push(self.any()?);
            while self.take(&Token::Comma) {
                arguments.push(self.any()?);
            }
            self.expect(&Token::Close, ")")?;
        }
        Ok(Expression::Call { function: name, arguments })
    }
}

/// `['name']` is `.name`.
fn computed(index: Expression) -> Part {
    match index {
        Expression::Literal(Literal::Text(name)) => Part::Named(name),
        other => Part::Computed(Box::new(other)),
    }
}
