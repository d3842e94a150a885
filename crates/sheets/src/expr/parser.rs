//! Reads a condition by recursive descent: `or` < `and` < `not` < comparison.

use std::str::FromStr;

use super::{
    Expr, ExprError, Literal, Name, Op,
    lexer::{Token, error, tokens},
};

/// Longest condition and deepest nesting accepted, so that no file can exhaust the stack.
const MAX_LENGTH: usize = 4000;
const MAX_DEPTH: usize = 60;

const KEYWORDS: &[&str] = &["and", "or", "not", "in", "has", "answered"];

impl FromStr for Expr {
    type Err = ExprError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().count() > MAX_LENGTH {
            return Err(error(0, "la condition est trop longue"));
        }
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, end: text.chars().count() };
        if parser.tokens.is_empty() {
            return Err(error(0, "la condition est vide"));
        }
        let expr = parser.any_of()?;
        match parser.peek() {
            None => Ok(expr),
            Some(_) => {
                Err(parser.fault("il y a un mot de trop ; reliez les conditions par « and » ou « or »"))
            }
        }
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn fault(&self, message: impl Into<String>) -> ExprError {
        let column = self.tokens.get(self.at).map_or(self.end, |(column, _)| column - 1);
        error(column, message)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token, name: &str) -> Result<(), ExprError> {
        if self.take(token) { Ok(()) } else { Err(self.fault(format!("« {name} » est attendu"))) }
    }

    fn any_of(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.all_of()?;
        while self.take_word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.all_of()?));
        }
        Ok(left)
    }

    fn all_of(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.negation()?;
        while self.take_word("and") {
            left = Expr::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr, ExprError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("la condition est trop imbriquée"));
        }
        let expr = if self.take_word("not") {
            Expr::Not(Box::new(self.negation()?))
        } else if self.take(&Token::Open) {
            let inner = self.any_of()?;
            self.expect(&Token::Close, ")")?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn comparison(&mut self) -> Result<Expr, ExprError> {
        if self.take_word("answered") {
            self.expect(&Token::Open, "(")?;
            let Name::Field(id) = self.name()? else {
                return Err(self.fault("« answered » attend l’identifiant d’une question"));
            };
            self.expect(&Token::Close, ")")?;
            return Ok(Expr::Answered(id));
        }
        let name = self.name()?;
        if self.take_word("in") {
            return Ok(Expr::In(name, self.list()?));
        }
        if self.take_word("has") {
            return match self.literal()? {
                Literal::Text(option) => Ok(Expr::Has(name, option)),
                Literal::Number(_) => Err(self.fault("« has » attend une option entre guillemets")),
            };
        }
        match self.operator() {
            Some(op) => Ok(Expr::Compare(name, op, self.literal()?)),
            None => Ok(Expr::Bare(name)),
        }
    }

    fn operator(&mut self) -> Option<Op> {
        let op = match self.peek() {
            Some(Token::Op(op)) => Some(*op),
            _ => None,
        };
        self.at += usize::from(op.is_some());
        op
    }

    fn name(&mut self) -> Result<Name, ExprError> {
        let Some(Token::Word(word)) = self.peek() else {
            return Err(self.fault("l’identifiant d’une question est attendu"));
        };
        let word = word.clone();
        if KEYWORDS.contains(&word.as_str()) {
            return Err(self.fault(format!("« {word} » est un mot réservé")));
        }
        let name = match Name::CONTEXT.iter().find(|(text, _)| *text == word) {
            Some((_, name)) => name.clone(),
            None if word.contains('.') => {
                let known: Vec<&str> = Name::CONTEXT.iter().map(|(text, _)| *text).collect();
                return Err(
                    self.fault(format!("« {word} » n’existe pas ; on peut lire {}", known.join(", ")))
                );
            }
            None => Name::Field(word),
        };
        self.at += 1;
        Ok(name)
    }

    fn literal(&mut self) -> Result<Literal, ExprError> {
        let literal = match self.peek() {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Number(number)) => Literal::Number(*number),
            _ => return Err(self.fault("une valeur est attendue : un texte entre guillemets ou un nombre")),
        };
        self.at += 1;
        Ok(literal)
    }

    fn list(&mut self) -> Result<Vec<Literal>, ExprError> {
        self.expect(&Token::OpenList, "[")?;
        let mut literals = vec![self.literal()?];
        while self.take(&Token::Comma) {
            literals.push(self.literal()?);
        }
        self.expect(&Token::CloseList, "]")?;
        Ok(literals)
    }
}
