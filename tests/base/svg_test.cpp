#include "src/base/svg.h"

#include <string>

#include <doctest/doctest.h>

using kvstore::Svg;
using kvstore::xml_escaped;

TEST_CASE("bytes of any kind become text of XML") {
  CHECK(xml_escaped("a<b>&\"c'") == "a&lt;b&gt;&amp;&quot;c'");
  CHECK(xml_escaped("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
  CHECK(xml_escaped(std::string("\0\x01\t\n", 4)) == "\xEF\xBF\xBD\xEF\xBF\xBD\t\n");
  CHECK(xml_escaped("\xFFx\xC3") == "\xEF\xBF\xBDx\xEF\xBF\xBD");
  CHECK(xml_escaped("\xEF\xBF\xBE") == "\xEF\xBF\xBD");  // U+FFFE is no character
}

TEST_CASE("a picture is one element with a title, a background and what was drawn") {
  Svg svg(100, 50.5, "T<1>", "what it shows");
  svg.rect(1, 2.25, 3.333, 4, "s0", "a & b");
  svg.text(5, 6, "<hello>", {.anchor = Svg::Anchor::kEnd, .css_class = "small", .turn = -90});
  svg.line(0, -0.001, 10, 10);
  const Svg::Point points[] = {{0, 0}, {1, 1.5}};
  svg.path(points, "s1");
  svg.circle(1, 1, 2, "s2");
  const std::string text = svg.finish();
  CHECK(text.starts_with(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"50.5\" "
      "viewBox=\"0 0 100 50.5\" role=\"img\">\n<title>T&lt;1&gt;</title>\n<desc>what it shows"));
  for (const char* piece :
       {"<rect class=\"page\" x=\"0\" y=\"0\" width=\"100\" height=\"50.5\"/>\n",
        "<rect class=\"s0\" x=\"1\" y=\"2.25\" width=\"3.33\" height=\"4\"><title>a &amp; b</title>"
        "</rect>\n",
        "<text class=\"small\" x=\"5\" y=\"6\" text-anchor=\"end\" transform=\"rotate(-90 5 6)\">"
        "&lt;hello&gt;</text>\n",
        "<line class=\"line\" x1=\"0\" y1=\"0\" x2=\"10\" y2=\"10\"/>\n",
        "<path class=\"s1\" d=\"M0 0L1 1.5\"/>\n",
        "<circle class=\"s2\" cx=\"1\" cy=\"1\" r=\"2\"/>"}) {
    CAPTURE(piece);
    CHECK(text.find(piece) != text.npos);
  }
  CHECK(text.ends_with("</svg>\n"));
  CHECK(text.find("http", 60) == text.npos);  // nothing is fetched
}
