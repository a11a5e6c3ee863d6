// Builds SVG pictures piece by piece, for reports in browsers, documents or chats.
//
// The result is self-contained: no script, no external font or style sheet, its own background, and
// colours for light and dark (where the viewer supports prefers-color-scheme). Texts may contain
// any bytes: what is not UTF-8 or not an XML character becomes U+FFFD.
//
// Lengths are CSS pixels, y grows downwards. Colours are named by class, so that both palettes are
// in one place: "s0" to "s7" are eight distinguishable colours for series, also for colour-blind
// readers; "faint" is for free space and bands, "line" for axes and grids.
//
// Not thread-safe. Memory: the picture, about 100 bytes for each element.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kvstore {

// `bytes` as text for an element, or for an attribute in double quotes.
std::string xml_escaped(std::string_view bytes);

class Svg {
 public:
  struct Point {
    double x = 0, y = 0;
  };
  enum class Anchor : unsigned char { kStart, kMiddle, kEnd };
  struct TextStyle {
    Anchor anchor = Anchor::kStart;
    std::string_view css_class = "text";  // "text", "title", "small" (dimmer), "on" (on a colour)
    double turn = 0;                      // degrees, clockwise, around its point
  };

  // `title` and `description` are for screen readers and tooltips.
  Svg(double width, double height, std::string_view title, std::string_view description);

  // `tip`, if not empty, is shown as a tooltip.
  void rect(double x, double y, double width, double height, std::string_view css_class,
            std::string_view tip = {});
  // y is the baseline.
  void text(double x, double y, std::string_view text, const TextStyle& style);
  void text(double x, double y, std::string_view words) { text(x, y, words, TextStyle()); }
  void line(double x1, double y1, double x2, double y2, std::string_view css_class = "line");
  // Stroked in the class's colour, from point to point.
  void path(std::span<const Point> points, std::string_view css_class, std::string_view tip = {});
  void circle(double x, double y, double radius, std::string_view css_class,
              std::string_view tip = {});

  // The whole file, with a final newline. Call it once.
  std::string finish();

 private:
  void close(std::string_view element, std::string_view tip);
  std::string out_;
};

}  // namespace kvstore
