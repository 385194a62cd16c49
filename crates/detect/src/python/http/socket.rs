//! WebSocket endpoints.

use crate::python::index::{Index, Marks};
use crate::python::module::{Module, literal};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_ruff_python_ast::{Decorator, Expr, ExprCall, Stmt};

/// What makes an endpoint when it is called: the end of its dotted name.
const MAKERS: &[&str] = &[
    "flask_sock.Sock",
    "flask_socketio.SocketIO",
    "socketio.AsyncServer",
    "socketio.Server",
    "fastapi_socketio.SocketManager",
    "routing.WebSocketRoute",
    "routing.APIWebSocketRoute",
    "web.WebSocketResponse",
    ".add_websocket_route",
    ".add_api_websocket_route",
];

/// Classes whose children are endpoints.
const BASES: &[&str] = &["WebSocketHandler", "WebSocketEndpoint", "WebsocketListener", "SockJSHandler"];

/// Whether one of the modules has an endpoint.
pub(super) fn is_taken(index: &Index<'_>, files: &[&str]) -> bool {
    let marked = files.iter().filter(|file| index.marks(file).any(Marks::SOCKET));
    marked.filter_map(|file| index.module(file)).any(|module| {
        let mut finder = Finder { module: &module, found: false };
        finder.visit_body(&module.body);
        finder.found
    })
}

struct Finder<'m> {
    module: &'m Module,
    found: bool,
}

impl Finder<'_> {
    fn decorates(&self, decorator: &Decorator) -> bool {
        let target = match &decorator.expression {
            Expr::Call(call) => &*call.func,
            other => other,
        };
        match target {
            // `@app.websocket("/ws")`; Sanic and Quart say the same.
            Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "websocket" | "websocket_route"),
            _ => self.module.dotted(target).is_some_and(|name| {
                name.starts_with("litestar.")
                    && matches!(
                        name.rsplit('.').next(),
                        Some("websocket" | "websocket_listener" | "websocket_stream")
                    )
            }),
        }
    }

    fn makes(&self, call: &ExprCall) -> bool {
        let Some(callee) = self.module.callee(call) else { return false };
        if callee.ends_with("ProtocolTypeRouter") {
            let protocols = call.arguments.find_positional(0);
            return matches!(protocols, Some(Expr::Dict(dict)) if dict.items.iter().any(|item| {
                item.key.as_ref().and_then(literal).as_deref() == Some("websocket")
            }));
        }
        MAKERS.iter().any(|maker| callee.ends_with(maker))
    }
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                self.found |= function.decorator_list.iter().any(|decorator| self.decorates(decorator));
            }
            Stmt::ClassDef(class) => {
                let bases = class.arguments.iter().flat_map(|arguments| arguments.args.iter());
                let names = bases.filter_map(|base| self.module.dotted(base)).collect::<Vec<_>>();
                self.found |= names
                    .iter()
                    .any(|name| name.rsplit('.').next().is_some_and(|last| BASES.contains(&last)));
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.found |= self.makes(call);
        }
        walk_expr(self, expr);
    }
}
