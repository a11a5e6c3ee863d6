// SVG pictures, piece by piece: for reports that a browser, a document or a chat shows.
//
// What it makes stands on its own: no script, no outside font or style sheet, a background of
// its own, and colours for light and dark (where the viewer knows prefers-color-scheme). All
// bytes of texts are allowed: what is no UTF-8 or no character of XML is shown as U+FFFD.
//
// Lengths are CSS pixels, y grows downwards. Colours are named by class, so that the two
// palettes stand in one place: "s0" to "s7" are eight colours to tell series apart, also by who
// sees no red or green; "faint" is the colour of free space and of bands, "line" of axes and grids.
//
// Not thread-safe. Memory: the picture, which grows by about 100 bytes an element.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kvstore {

// `bytes` as text within an element, or within double quotes of an attribute.
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

  // `title` and `description` are what a screen reader says and a pointer shows.
  Svg(double width, double height, std::string_view title, std::string_view description);

  // `tip`, if it is not empty, shows where the pointer rests.
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

  // The whole file, with a final newline. Once.
  std::string finish();

 private:
  void close(std::string_view element, std::string_view tip);
  std::string out_;
};

}  // namespace kvstore
