// Draws the SVG picture: throughput and latency by payload, both axes logarithmic.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "src/base/human.h"
#include "src/base/svg.h"
#include "src/bench/report.h"

namespace kvstore::bench {
namespace {

constexpr double kLeft = 64, kTop = 84, kPanelWidth = 330, kPanelHeight = 190;
constexpr double kGap = 76, kRowGap = 62, kLegend = 150;
constexpr double kWidth = kLeft + 2 * kPanelWidth + kGap + kLegend;
constexpr int kColors = 8;

// The powers of ten that enclose the values.
struct Axis {
  int low = 0, high = 1;
  double place(double value) const {
    return (std::log10(std::max(value, 1e-3)) - low) / (high - low);
  }
};

template <class Value>
Axis axis_over(const std::vector<Measured>& results, const Value& value) {
  double least = 1e18, most = 1e-3;
  for (const Measured& measured : results) {
    if (measured.operations == 0) continue;
    least = std::min(least, value(measured));
    most = std::max(most, value(measured));
  }
  if (least > most) return {};
  Axis axis{static_cast<int>(std::floor(std::log10(std::max(least, 1e-3)))),
            static_cast<int>(std::ceil(std::log10(most)))};
  axis.high = std::max(axis.high, axis.low + 1);
  return axis;
}

// 1,000,000 is written as 1M, because there is little room beside an axis.
std::string power_label(int power) {
  if (power < 0) return fmt::format("{:.{}f}", std::pow(10.0, power), -power);
  constexpr const char* kUnits[] = {"", "k", "M", "G", "T"};
  const int unit = std::min(power / 3, 4);
  return fmt::format("{:.0f}{}", std::pow(10.0, power - 3 * unit), kUnits[unit]);
}

class Picture {
 public:
  explicit Picture(const Sheet& sheet);
  std::string draw();

 private:
  struct Panel {
    double x = 0, y = 0;
    Axis axis;
  };
  double x_of(const Panel& panel, std::size_t size) const;
  static double y_of(const Panel& panel, double value);
  static std::string color_of(std::size_t workload) {
    return fmt::format("s{}", workload % kColors);
  }
  void draw_row(unsigned clients, double y);
  void draw_frame(const Panel& panel, std::string_view title);
  template <class Value>
  void draw_lines(const Panel& panel, unsigned clients, const Value& value, std::string_view unit);
  void draw_legend(double y);

  const Sheet& sheet_;
  std::vector<std::size_t> sizes_;
  std::vector<unsigned> clients_;
  std::vector<std::string_view> names_;
  Svg svg_;
};

double per_second(const Measured& measured) { return measured.per_second(); }
double p99_us(const Measured& measured) { return to_us(measured.latencies->at(0.99)); }

template <class Value, class Of>
std::vector<Value> distinct(const std::vector<Measured>& results, const Of& of) {
  std::vector<Value> values;
  for (const Measured& measured : results) {
    const Value value = of(measured.plan);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

std::size_t rows_of(const Sheet& sheet) {
  std::set<unsigned> clients;
  for (const Measured& measured : sheet.results) clients.insert(measured.plan.clients);
  return std::max<std::size_t>(clients.size(), 1);
}

Picture::Picture(const Sheet& sheet)
    : sheet_(sheet),
      sizes_(distinct<std::size_t>(sheet.results, [](const Plan& plan) { return plan.size; })),
      clients_(distinct<unsigned>(sheet.results, [](const Plan& plan) { return plan.clients; })),
      names_(distinct<std::string_view>(sheet.results,
                                        [](const Plan& plan) { return plan.workload->name; })),
      svg_(kWidth, kTop + static_cast<double>(rows_of(sheet)) * (kPanelHeight + kRowGap),
           "kvstore bench", "Throughput and latency by payload: " + sheet.target) {
  std::sort(sizes_.begin(), sizes_.end());
}

double Picture::x_of(const Panel& panel, std::size_t size) const {
  const auto at = std::find(sizes_.begin(), sizes_.end(), size) - sizes_.begin();
  const auto steps = static_cast<double>(sizes_.size());
  return panel.x + kPanelWidth * (static_cast<double>(at) + 0.5) / steps;
}

double Picture::y_of(const Panel& panel, double value) {
  return panel.y + kPanelHeight * (1 - panel.axis.place(value));
}

std::string Picture::draw() {
  svg_.text(kLeft, 26, "kvstore bench", {.css_class = "title"});
  svg_.text(kLeft, 44, fmt::format("{}; {}", sheet_.target, sheet_.when), {.css_class = "small"});
  double y = kTop;
  for (const unsigned clients : clients_) {
    draw_row(clients, y);
    y += kPanelHeight + kRowGap;
  }
  draw_legend(kTop);
  return svg_.finish();
}

void Picture::draw_row(unsigned clients, double y) {
  const std::string who = clients_label(clients);
  const Panel throughput{kLeft, y, axis_over(sheet_.results, per_second)};
  draw_frame(throughput, "operations/s, " + who);
  draw_lines(throughput, clients, per_second, "/s");
  const Panel latency{kLeft + kPanelWidth + kGap, y, axis_over(sheet_.results, p99_us)};
  const char* const from = sheet_.rate > 0 ? "p99 in us by the schedule, " : "p99 in us, ";
  draw_frame(latency, from + who);
  draw_lines(latency, clients, p99_us, " us");
}

void Picture::draw_frame(const Panel& panel, std::string_view title) {
  svg_.text(panel.x, panel.y - 8, title);
  for (int power = panel.axis.low; power <= panel.axis.high; ++power) {
    const double y = y_of(panel, std::pow(10.0, power));
    svg_.line(panel.x, y, panel.x + kPanelWidth, y);
    svg_.text(panel.x - 6, y + 4, power_label(power),
              {.anchor = Svg::Anchor::kEnd, .css_class = "small"});
  }
  for (const std::size_t size : sizes_) {
    svg_.text(x_of(panel, size), panel.y + kPanelHeight + 18, size_label(size),
              {.anchor = Svg::Anchor::kMiddle, .css_class = "small"});
  }
}

template <class Value>
void Picture::draw_lines(const Panel& panel, unsigned clients, const Value& value,
                         std::string_view unit) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::vector<Svg::Point> points;
    std::vector<std::string> tips;
    for (const std::size_t size : sizes_) {
      for (const Measured& measured : sheet_.results) {
        const Plan& plan = measured.plan;
        if (plan.clients != clients || plan.size != size || plan.workload->name != names_[i])
          continue;
        if (measured.operations == 0) continue;
        points.push_back({x_of(panel, size), y_of(panel, value(measured))});
        tips.push_back(
            fmt::format("{}, {}: {:.5g}{}", names_[i], size_label(size), value(measured), unit));
      }
    }
    if (points.size() > 1) svg_.path(points, color_of(i), names_[i]);
    for (std::size_t k = 0; k < points.size(); ++k) {
      svg_.circle(points[k].x, points[k].y, 3.5, color_of(i), tips[k]);
    }
  }
}

void Picture::draw_legend(double y) {
  const double x = kWidth - kLegend + 20;
  for (std::size_t i = 0; i < names_.size(); ++i, y += 20) {
    svg_.rect(x, y, 12, 12, color_of(i));
    svg_.text(x + 18, y + 11, names_[i]);
  }
}

}  // namespace

std::string to_svg(const Sheet& sheet) { return Picture(sheet).draw(); }

}  // namespace kvstore::bench
