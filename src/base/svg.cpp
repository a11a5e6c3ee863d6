#include "src/base/svg.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "src/base/utf8.h"

namespace kvstore {
namespace {

// Okabe and Ito's colours, lighter on a dark background. Uses classes and no CSS variables, because
// renderers to PNG and PDF support only the former.
constexpr std::string_view kStyle = R"(<style>
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-size:13px}
.page{fill:#ffffff}.text{fill:#1f2328}.small{fill:#59636e;font-size:11px}
.title{fill:#1f2328;font-size:18px;font-weight:600}.on{fill:#ffffff;font-size:11px}
.faint{fill:#e6e9ec;stroke:#e6e9ec}.line{stroke:#c4cad0;stroke-width:1}
.s0{fill:#0072b2;stroke:#0072b2}.s1{fill:#e69f00;stroke:#e69f00}.s2{fill:#009e73;stroke:#009e73}
.s3{fill:#d55e00;stroke:#d55e00}.s4{fill:#cc79a7;stroke:#cc79a7}.s5{fill:#56b4e9;stroke:#56b4e9}
.s6{fill:#8a7f00;stroke:#8a7f00}.s7{fill:#6e7781;stroke:#6e7781}
rect{stroke:none!important}path{fill:none!important;stroke-width:2}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.text,.title{fill:#e6edf3}.small{fill:#9198a1}.on{fill:#0d1117}
.faint{fill:#262c36;stroke:#262c36}.line{stroke:#3d444d}
.s0{fill:#4aa3df;stroke:#4aa3df}.s1{fill:#f0b429;stroke:#f0b429}.s2{fill:#2fbf94;stroke:#2fbf94}
.s3{fill:#f4803c;stroke:#f4803c}.s4{fill:#dd97bd;stroke:#dd97bd}.s5{fill:#8ccdf5;stroke:#8ccdf5}
.s6{fill:#d2c94c;stroke:#d2c94c}.s7{fill:#9aa4af;stroke:#9aa4af}}
</style>
)";

// XML does not allow other control characters, not even escaped.
bool is_xml(std::uint32_t value) {
  if (value < 0x20) return value == '\t' || value == '\n' || value == '\r';
  return value != 0xFFFE && value != 0xFFFF;
}

void append_escaped(std::string_view character, std::string* out) {
  switch (character[0]) {
    case '&':
      *out += "&amp;";
      break;
    case '<':
      *out += "&lt;";
      break;
    case '>':
      *out += "&gt;";
      break;
    case '"':
      *out += "&quot;";
      break;
    default:
      *out += character;
  }
}

// Two decimals are finer than any screen, and short.
std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string_view anchor_name(Svg::Anchor anchor) {
  if (anchor == Svg::Anchor::kMiddle) return "middle";
  return anchor == Svg::Anchor::kEnd ? "end" : "start";
}

}  // namespace

std::string xml_escaped(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const CodePoint first = first_code_point(bytes);
    if (first.size == 0 || !is_xml(first.value)) {
      out += "\xEF\xBF\xBD";
    } else {
      append_escaped(bytes.substr(0, first.size), &out);
    }
    bytes.remove_prefix(first.size == 0 ? 1 : first.size);
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title, std::string_view description) {
  out_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\">\n<title>{2}</title>\n<desc>{3}</desc>\n{4}",
      number(width), number(height), xml_escaped(title), xml_escaped(description), kStyle);
  rect(0, 0, width, height, "page");
}

// A tip is a child element; without one the element is empty.
void Svg::close(std::string_view element, std::string_view tip) {
  if (tip.empty()) {
    out_ += "/>\n";
  } else {
    fmt::format_to(std::back_inserter(out_), "><title>{}</title></{}>\n", xml_escaped(tip),
                   element);
  }
}

void Svg::rect(double x, double y, double width, double height, std::string_view css_class,
               std::string_view tip) {
  fmt::format_to(std::back_inserter(out_),
                 "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                 xml_escaped(css_class), number(x), number(y), number(width), number(height));
  close("rect", tip);
}

void Svg::text(double x, double y, std::string_view text, const TextStyle& style) {
  fmt::format_to(std::back_inserter(out_), "<text class=\"{}\" x=\"{}\" y=\"{}\"",
                 xml_escaped(style.css_class), number(x), number(y));
  if (style.anchor != Anchor::kStart) {
    fmt::format_to(std::back_inserter(out_), " text-anchor=\"{}\"", anchor_name(style.anchor));
  }
  if (style.turn != 0) {
    fmt::format_to(std::back_inserter(out_), " transform=\"rotate({} {} {})\"", number(style.turn),
                   number(x), number(y));
  }
  fmt::format_to(std::back_inserter(out_), ">{}</text>\n", xml_escaped(text));
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  fmt::format_to(std::back_inserter(out_),
                 "<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n",
                 xml_escaped(css_class), number(x1), number(y1), number(x2), number(y2));
}

void Svg::path(std::span<const Point> points, std::string_view css_class, std::string_view tip) {
  fmt::format_to(std::back_inserter(out_), "<path class=\"{}\" d=\"", xml_escaped(css_class));
  char letter = 'M';
  for (const Point& point : points) {
    fmt::format_to(std::back_inserter(out_), "{}{} {}", letter, number(point.x), number(point.y));
    letter = 'L';
  }
  out_ += '"';
  close("path", tip);
}

void Svg::circle(double x, double y, double radius, std::string_view css_class,
                 std::string_view tip) {
  fmt::format_to(std::back_inserter(out_), "<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"",
                 xml_escaped(css_class), number(x), number(y), number(radius));
  close("circle", tip);
}

std::string Svg::finish() {
  out_ += "</svg>\n";
  return std::move(out_);
}

}  // namespace kvstore
