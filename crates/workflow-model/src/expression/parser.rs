//! From words to a tree. Each level of precedence is a round of the same loop; what stands in parentheses is a level deeper.

use super::token::{Placed, Token, error, tokens};
use super::{
    EXPRESSION_DEPTH_MAX, EXPRESSION_LINKS_MAX, Expression, ExpressionError, ExpressionErrorKind, Operator,
};

/// Operators from the loosest binding to the tightest, those of one line equal.
const LEVELS: &[&[Operator]] = &[
    &[Operator::Or],
    &[Operator::And],
    &[Operator::Equal, Operator::NotEqual],
    &[
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ],
];

/// Reads one expression, without `${{` and `}}`.
///
/// # Errors
///
/// What is wrong, and at which character.
pub fn parse_expression(text: &str) -> Result<Expression, ExpressionError> {
    let mut words = Words {
        tokens: tokens(text)?,
        at: 0,
        end: text.chars().count(),
        depth: 0,
        links: 0,
    };
    let expression = words.level(0)?;
    match words.peek() {
        Some(_) => Err(words.expected("an operator")),
        None => Ok(expression),
    }
}

struct Words {
    tokens: Vec<Placed>,
    at: usize,
    end: usize,
    depth: usize,
    links: usize,
}

impl Words {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(offset, _)| *offset)
    }

    fn expected(&self, expected: &'static str) -> ExpressionError {
        error(self.offset(), ExpressionErrorKind::Expected { expected })
    }

    fn take(&mut self, token: &Token) -> bool {
        let taken = self.peek() == Some(token);
        self.at += usize::from(taken);
        taken
    }

    fn demand(&mut self, token: &Token, name: &'static str) -> Result<(), ExpressionError> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.expected(name))
        }
    }

    /// Runs `read` one level deeper.
    fn deeper(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Expression, ExpressionError>,
    ) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > EXPRESSION_DEPTH_MAX {
            return Err(error(self.offset(), ExpressionErrorKind::TooDeep));
        }
        let expression = read(self)?;
        self.depth -= 1;
        Ok(expression)
    }

    /// A chain of operators of one level; the operands are of the next tighter one.
    fn level(&mut self, level: usize) -> Result<Expression, ExpressionError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        while let Some(Token::Operator(operator)) = self.peek().cloned() {
            if !operators.contains(&operator) {
                break;
            }
            self.link()?;
            self.at += 1;
            let right = self.level(level + 1)?;
            left = Expression::Binary {
                operator,
                left: Box::new(left),
                right: Box::new(right),
            };
        }
        Ok(left)
    }

    /// A chain grows as deep as it is long.
    fn link(&mut self) -> Result<(), ExpressionError> {
        self.links += 1;
        if self.links > EXPRESSION_LINKS_MAX {
            return Err(error(self.offset(), ExpressionErrorKind::TooManyLinks));
        }
        Ok(())
    }

    fn unary(&mut self) -> Result<Expression, ExpressionError> {
        if self.take(&Token::Not) {
            let operand = self.deeper(Self::unary)?;
            return Ok(Expression::Not(Box::new(operand)));
        }
        self.postfix()
    }

    /// A value and what is taken out of it.
    fn postfix(&mut self) -> Result<Expression, ExpressionError> {
        let mut expression = self.primary()?;
        loop {
            expression = if self.take(&Token::Dot) {
                self.property(expression)?
            } else if self.take(&Token::OpenIndex) {
                self.index(expression)?
            } else {
                return Ok(expression);
            };
            self.link()?;
        }
    }

    fn property(&mut self, of: Expression) -> Result<Expression, ExpressionError> {
        let of = Box::new(of);
        match self.peek().cloned() {
            Some(Token::Star) => {
                self.at += 1;
                Ok(Expression::All(of))
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(Expression::Property { of, name })
            }
            Some(_) | None => Err(self.expected("the name of a property")),
        }
    }

    fn index(&mut self, of: Expression) -> Result<Expression, ExpressionError> {
        let of = Box::new(of);
        if self.take(&Token::Star) {
            self.demand(&Token::CloseIndex, "`]`")?;
            return Ok(Expression::All(of));
        }
        let index = Box::new(self.deeper(|words| words.level(0))?);
        self.demand(&Token::CloseIndex, "`]`")?;
        Ok(Expression::Index { of, index })
    }

    fn primary(&mut self) -> Result<Expression, ExpressionError> {
        let Some(token) = self.peek().cloned() else {
            return Err(self.expected("a value"));
        };
        match token {
            Token::Number(value) => self.literal(Expression::Number(value)),
            Token::Text(text) => self.literal(Expression::Text(text)),
            Token::Name(name) => {
                self.at += 1;
                self.named(name)
            }
            Token::Open => {
                self.at += 1;
                let expression = self.deeper(|words| words.level(0))?;
                self.demand(&Token::Close, "`)`")?;
                Ok(expression)
            }
            Token::Operator(_)
            | Token::Not
            | Token::Dot
            | Token::Comma
            | Token::Star
            | Token::Close
            | Token::OpenIndex
            | Token::CloseIndex => Err(self.expected("a value")),
        }
    }

    fn literal(&mut self, literal: Expression) -> Result<Expression, ExpressionError> {
        self.at += 1;
        Ok(literal)
    }

    fn named(&mut self, name: String) -> Result<Expression, ExpressionError> {
        if self.take(&Token::Open) {
            return self.call(name);
        }
        Ok(match name.as_str() {
            "true" => Expression::Boolean(true),
            "false" => Expression::Boolean(false),
            "null" => Expression::Null,
            "NaN" => Expression::Number(f64::NAN),
            "Infinity" => Expression::Number(f64::INFINITY),
            _ => Expression::Name(name),
        })
    }

    fn call(&mut self, function: String) -> Result<Expression, ExpressionError> {
        let mut arguments = Vec::new();
        if self.take(&Token::Close) {
            return Ok(Expression::Call { function, arguments });
        }
        loop {
            arguments.push(self.deeper(|words| words.level(0))?);
            if self.take(&Token::Close) {
                return Ok(Expression::Call { function, arguments });
            }
            self.demand(&Token::Comma, "`,` or `)`")?;
        }
    }
}
