#include "scenario/dot_reader.h"

#include <algorithm>

#include "scenario/reader.h"

namespace wirelab::scenario {

namespace {

constexpr int kDeepest = 32;

struct Token {
  enum class Kind : std::uint8_t { Id, Keyword, Sign, End };
  Kind kind = Kind::End;
  std::uint32_t offset = 0;
  std::string text;  ///< of an id what it means, of a keyword lower case
};

/// A fault on its way out of the recursion.
struct Stop {
  DotFault fault;
};
[[noreturn]] void stop(std::size_t offset, std::string text) {
  throw Stop{{static_cast<std::uint32_t>(offset), std::move(text)}};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 128;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text), begin_(text.starts_with("\xef\xbb\xbf") ? 3 : 0), at_(begin_) {}

  Token next() {
    skip_space();
    Token t;
    t.offset = static_cast<std::uint32_t>(at_);
    if (at_ >= text_.size()) return t;
    const char c = text_[at_];
    t.kind = Token::Kind::Id;
    if (begins_name(c)) {
      read_name(t);
    } else if (c == '"') {
      read_quoted(t);
    } else if (c == '<') {
      skip_html();
    } else if (is_digit(c) || c == '.' || (c == '-' && (is_digit(peek(1)) || peek(1) == '.'))) {
      read_number(t);
    } else {
      t.kind = Token::Kind::Sign;
      const bool edge = c == '-' && (peek(1) == '-' || peek(1) == '>');
      t.text = text_.substr(at_, edge ? 2 : 1);
      if (!edge && std::string_view("{}[]=;,:").find(c) == std::string_view::npos) {
        stop(at_,
             "not valid DOT: " + in_quotes(t.text) + " means nothing here; put names with such characters in quotes");
      }
      at_ += t.text.size();
    }
    return t;
  }

 private:
  char peek(std::size_t n) const { return at_ + n < text_.size() ? text_[at_ + n] : '\0'; }

  void skip_space() {
    for (;;) {
      while (at_ < text_.size() && std::string_view(" \t\r\n\f\v").find(text_[at_]) != std::string_view::npos) ++at_;
      const bool begins_line = at_ == begin_ || text_[at_ - 1] == '\n';
      if (text_.substr(at_, 2) == "/*") {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) stop(at_, "not valid DOT: this comment has no end; write */");
        at_ = end + 2;
      } else if (text_.substr(at_, 2) == "//" || (begins_line && peek(0) == '#')) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  void read_name(Token& t) {
    const std::size_t from = at_;
    while (at_ < text_.size() && (begins_name(text_[at_]) || is_digit(text_[at_]))) ++at_;
    t.text = text_.substr(from, at_ - from);
    std::string lower = t.text;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (const std::string_view word : {"graph", "digraph", "subgraph", "node", "edge", "strict"}) {
      if (lower != word) continue;
      t.kind = Token::Kind::Keyword;
      t.text = lower;
    }
  }

  void read_number(Token& t) {
    const std::size_t from = at_++;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    t.text = text_.substr(from, at_ - from);
  }

  /// Several of them may be joined by +.
  void read_quoted(Token& t) {
    for (;;) {
      const std::size_t from = at_++;
      for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\' && peek(1) == '"') {
          ++at_;
        } else if (text_[at_] == '\\' && peek(1) == '\n') {
          ++at_;
          continue;
        } else if (text_[at_] == '\\') {
          t.text += text_[at_++];  // what it escapes is for whoever draws; a second backslash escapes nothing
          if (at_ >= text_.size()) break;
        }
        t.text += text_[at_];
      }
      if (at_ >= text_.size()) stop(from, "not valid DOT: this text has no end; write the closing quote");
      ++at_;
      skip_space();
      if (peek(0) != '+') return;
      const std::size_t plus = at_++;
      skip_space();
      if (peek(0) != '"') stop(plus, "not valid DOT: + joins two texts in quotes; write the second");
    }
  }

  void skip_html() {
    const std::size_t from = at_;
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      depth += text_[at_] == '<' ? 1 : text_[at_] == '>' ? -1 : 0;
      if (depth == 0) break;
    }
    if (at_ >= text_.size()) stop(from, "not valid DOT: this < has no end; write the closing >");
    ++at_;
  }

  std::string_view text_;
  std::size_t begin_;  ///< behind a byte order mark
  std::size_t at_;
};

class Parser {
 public:
  Parser(std::string_view text, std::size_t most, DotGraph& graph) : lexer_(text), most_(most), graph_(graph) {
    advance();
  }

  void run() {
    strict_ = take_keyword("strict");
    graph_.directed = is_keyword("digraph");
    if (!take_keyword("digraph") && !take_keyword("graph")) expected("`graph` or `digraph`");
    if (token_.kind == Token::Kind::Id) advance();
    Scope whole;
    read_braces(whole, 1);
    if (token_.kind != Token::Kind::End) {
      stop(token_.offset, "not valid DOT: something stands after the end of the graph; one file holds one graph");
    }
  }

 private:
  using Attributes = DotGraph::Attributes;
  /// Defaults, and the nodes that are mentioned inside.
  struct Scope {
    Attributes node, edge;
    std::vector<std::size_t> members;
  };

  void advance() { token_ = lexer_.next(); }
  bool is_sign(std::string_view text) const { return token_.kind == Token::Kind::Sign && token_.text == text; }
  bool is_keyword(std::string_view text) const { return token_.kind == Token::Kind::Keyword && token_.text == text; }
  bool take_sign(std::string_view text) {
    const bool there = is_sign(text);
    if (there) advance();
    return there;
  }
  bool take_keyword(std::string_view text) {
    const bool there = is_keyword(text);
    if (there) advance();
    return there;
  }
  [[noreturn]] void expected(const std::string& what) const {
    const std::string found =
        token_.kind == Token::Kind::End ? "the end of the file" : in_quotes(token_.text.substr(0, 80));
    stop(token_.offset, "not valid DOT: expected " + what + ", found " + found + "; correct it here");
  }

  void read_braces(Scope& scope, int depth) {
    if (depth > kDeepest) stop(token_.offset, "more than 32 braces deep; flatten the subgraphs");
    if (!take_sign("{")) expected("{");
    while (!is_sign("}")) {
      read_statement(scope, depth);
      take_sign(";");
    }
    advance();
  }

  void read_statement(Scope& scope, int depth) {
    if (take_keyword("graph")) {
      Attributes ignored;
      read_attributes(ignored);
    } else if (take_keyword("node")) {
      read_attributes(scope.node);
    } else if (take_keyword("edge")) {
      read_attributes(scope.edge);
    } else {
      const Token first = token_;
      std::vector<std::size_t> end;
      if (first.kind == Token::Kind::Id) {
        advance();
        if (take_sign("=")) return read_value();
        end = {mention(first, scope)};
        read_port();
      } else {
        end = read_subgraph(scope, depth);
      }
      if (is_sign("--") || is_sign("->")) return read_edges(std::move(end), scope, depth);
      if (first.kind == Token::Kind::Id && is_sign("[")) read_attributes(graph_.nodes[end.front()].attributes);
    }
  }

  void read_value() {
    if (token_.kind != Token::Kind::Id) expected("a value");
    advance();
  }

  /// Any number of lists in brackets; what comes later counts.
  void read_attributes(Attributes& into) {
    while (take_sign("[")) {
      while (!take_sign("]")) {
        const Token key = token_;
        if (key.kind != Token::Kind::Id) expected("an attribute or ]");
        advance();
        std::string value = "true";
        if (take_sign("=")) {
          value = token_.text;
          read_value();
        }
        into.insert_or_assign(key.text, std::move(value));
        if (!take_sign(";")) take_sign(",");
      }
    }
  }

  void read_port() {
    while (take_sign(":")) read_value();
  }

  std::size_t mention(const Token& id, Scope& scope) {
    const auto [it, fresh] = by_id_.emplace(id.text, graph_.nodes.size());
    if (fresh) {
      if (graph_.nodes.size() >= most_) stop(id.offset, "more than 1000000 nodes or links; make the topology smaller");
      graph_.nodes.push_back({id.text, id.offset, scope.node});
    }
    scope.members.push_back(it->second);
    return it->second;
  }

  std::vector<std::size_t> read_subgraph(Scope& outer, int depth) {
    if (take_keyword("subgraph")) {
      if (token_.kind == Token::Kind::Id) advance();
    } else if (!is_sign("{")) {
      expected("a node, an edge, a subgraph or }");
    }
    Scope inner{outer.node, outer.edge, {}};
    read_braces(inner, depth + 1);
    std::vector<std::size_t>& members = inner.members;
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    outer.members.insert(outer.members.end(), members.begin(), members.end());
    return std::move(members);
  }

  /// A chain: its attributes, which stand at its end, hold for all of its edges.
  void read_edges(std::vector<std::size_t> from, Scope& scope, int depth) {
    std::vector<std::pair<std::size_t, std::size_t>> ends;
    std::vector<std::uint32_t> offsets;
    while (is_sign("--") || is_sign("->")) {
      const std::uint32_t offset = token_.offset;
      if (is_sign("->") != graph_.directed) {
        stop(offset, graph_.directed ? "`--` in a digraph; write `->`, or `graph` at the top"
                                     : "`->` in a graph without directions; write `--`, or `digraph` at the top");
      }
      advance();
      std::vector<std::size_t> to;
      if (token_.kind == Token::Kind::Id) {
        const Token id = token_;
        advance();
        to = {mention(id, scope)};
        read_port();
      } else {
        to = read_subgraph(scope, depth);
      }
      if (from.size() * to.size() > most_ - std::min(most_, graph_.edges.size() + ends.size())) {
        stop(offset, "more than 1000000 nodes or links; make the topology smaller");
      }
      for (const std::size_t a : from) {
        for (const std::size_t b : to) {
          ends.emplace_back(a, b);
          offsets.push_back(offset);
        }
      }
      from = std::move(to);
    }
    Attributes attributes = scope.edge;
    read_attributes(attributes);
    for (std::size_t i = 0; i < ends.size(); ++i) add_edge(ends[i].first, ends[i].second, offsets[i], attributes);
  }

  void add_edge(std::size_t a, std::size_t b, std::uint32_t offset, const Attributes& attributes) {
    if (strict_) {  // one edge between two nodes at most
      const auto key = graph_.directed ? std::pair(a, b) : std::pair(std::min(a, b), std::max(a, b));
      const auto [it, fresh] = by_ends_.emplace(key, graph_.edges.size());
      if (!fresh) {
        for (const auto& [name, value] : attributes) graph_.edges[it->second].attributes.insert_or_assign(name, value);
        return;
      }
    }
    graph_.edges.push_back({a, b, offset, attributes});
  }

  Lexer lexer_;
  std::size_t most_;
  DotGraph& graph_;
  Token token_;
  bool strict_ = false;
  std::map<std::string, std::size_t, std::less<>> by_id_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> by_ends_;
};

}  // namespace

DotFault read_dot(std::string_view text, std::size_t most, DotGraph& graph) {
  try {
    Parser(text, most, graph).run();
  } catch (Stop& stopped) { return std::move(stopped.fault); }
  return {};
}

}  // namespace wirelab::scenario
