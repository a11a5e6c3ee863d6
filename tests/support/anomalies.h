// The anomalies that transactions must not have (A. Adya, "Weak consistency", 1999, and the
// usual names), each as a story of two or three clients that take turns. Whoever the clients
// are, threads of a process or connections of a server: the stories are the same.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kvstore::testing {

// What one client says, and is answered: "=value" or "nil" for a get, the keys each with a
// blank behind it for keys(), "ok" for what was done, else the name of the error ("CONFLICT").
// Outside of a transaction each call is one by itself.
class TransactionClient {
 public:
  virtual ~TransactionClient() = default;
  virtual std::string begin(bool read_only = false) = 0;
  virtual std::string get(const std::string& key) = 0;
  virtual std::string set(const std::string& key, const std::string& value) = 0;
  virtual std::string append(const std::string& key, const std::string& value) = 0;
  virtual std::string remove(const std::string& key) = 0;
  virtual std::string keys(const std::string& prefix) = 0;
  virtual std::string commit() = 0;
  virtual std::string rollback() = 0;
};

using MakeClient = std::function<std::unique_ptr<TransactionClient>()>;

struct Anomaly {
  const char* name;
  void (*check)(const MakeClient& make);  // with doctest's CHECKs; the keys are its own
};
const std::vector<Anomaly>& anomalies();

}  // namespace kvstore::testing
