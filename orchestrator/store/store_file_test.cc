// What a store finds in its file: older and newer versions, others' databases, damage, no room.
#include <SQLiteCpp/Database.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/store/store_fixture.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class StoreFileTest : public StoreTest {
 protected:
  // Closes the file and makes it one of that version of the schema.
  void TakeBackTo(int version) {
    store_.reset();
    SQLite::Database database(path_, SQLite::OPEN_READWRITE);
    if (version < 5) {
      database.exec("ALTER TABLE experiments DROP COLUMN tuning");
      database.exec("ALTER TABLE trials DROP COLUMN at_rung");
      for (const char* table : {"early_stopping", "rung_results", "promotions"}) {
        database.exec(absl::StrCat("DROP TABLE ", table));
      }
    }
    if (version < 4) {
      database.exec("ALTER TABLE experiments DROP COLUMN priority");
      database.exec("ALTER TABLE experiments DROP COLUMN fail_fast");
    }
    if (version < 3) database.exec("ALTER TABLE trials DROP COLUMN replaced_actors");
    database.exec(absl::StrCat("PRAGMA user_version = ", version));
  }
};

TEST_F(StoreFileTest, TakesOverADatabaseFromBeforeActorsWereReplaced) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  TakeBackTo(2);
  Open();
  ASSERT_OK_AND_ASSIGN(TrialRecord record, store_->GetTrial({1, 1}));
  EXPECT_EQ(record.trial.replaced_actors(), 0);
  EXPECT_EQ(record.trial.label(), "model.loss=vagram seed=6");
  record.trial.set_replaced_actors(3);
  ASSERT_OK(store_->UpdateTrial(record, nullptr));
  EXPECT_EQ(store_->GetTrial({1, 1})->trial.replaced_actors(), 3);
}

TEST_F(StoreFileTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path_) << std::string(5000, 'x');
  EXPECT_THAT(Store::Open(path_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path_)));
}

TEST_F(StoreFileTest, RefusesADamagedDatabase) {
  Open();
  for (int i = 0; i < 50; ++i) {
    ASSERT_OK(store_->Submit(TwoTrials(absl::StrCat("request ", i)), kNow));
  }
  store_.reset();  // the last connection folds the write-ahead log into the file
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3 * 4096);
    file << std::string(8 * 4096, '\x7f');
  }
  EXPECT_THAT(Store::Open(path_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path_)));
}

TEST_F(StoreFileTest, TakesOverADatabaseFromBeforePriorities) {
  Open();
  NewExperiment experiment = TwoTrials();
  experiment.priority = 5;  // which the older version did not know
  ASSERT_OK(store_->Submit(experiment, kNow));
  TakeBackTo(3);
  Open();
  ASSERT_OK_AND_ASSIGN(const TrialRecord record, store_->GetTrial({1, 1}));
  EXPECT_EQ(record.restarts, 2);
  EXPECT_EQ(record.priority, 0);
  EXPECT_FALSE(record.fail_fast);
  ASSERT_OK(store_->Submit(TwoTrials("next"), kNow));
  Open();
  EXPECT_THAT(*store_->UnfinishedTrials(), SizeIs(4));
}

TEST_F(StoreFileTest, TakesOverADatabaseFromBeforeEarlyStopping) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  TrialRecord paused = *store_->GetTrial({1, 0});
  paused.trial.set_state(v1::PAUSED);
  ASSERT_OK(store_->UpdateTrial(paused, nullptr));
  TakeBackTo(4);
  Open();
  EXPECT_FALSE(store_->GetExperiment(1)->tuning());
  EXPECT_FALSE(store_->GetEarlyStopping(1)->has_value());
  EXPECT_EQ(store_->GetTrial({1, 0})->trial.state(), v1::PAUSED);
  EXPECT_FALSE(store_->GetTrial({1, 0})->at_rung) << "it was its user who paused it";
  NewExperiment next = TwoTrials("next");
  next.tuning = true;
  ASSERT_OK(store_->Submit(next, kNow));
  EXPECT_TRUE(store_->GetExperiment(2)->tuning());
}

TEST_F(StoreFileTest, RefusesADatabaseOfANewerVersion) {
  Open();
  store_.reset();
  SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  EXPECT_THAT(Store::Open(path_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("schema version 99")));
}

TEST_F(StoreFileTest, RefusesADatabaseOfAnotherProgram) {
  SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE photos(id INTEGER)");
  EXPECT_THAT(Store::Open(path_), StatusIs(absl::StatusCode::kFailedPrecondition,
                                           HasSubstr("belongs to another program")));
}

TEST_F(StoreFileTest, AnswersWithAStatusWhenTheFolderIsMissing) {
  EXPECT_THAT(Store::Open(path_ + "/nowhere/vagram.db"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("check that the folder")));
}

TEST_F(StoreFileTest, AnswersWithAStatusWhenTheDatabaseIsFull) {
  Open();
  ASSERT_OK(store_->Submit(TwoTrials(), kNow));
  store_.reset();
  ASSERT_OK_AND_ASSIGN(store_, Store::Open(path_, /*max_pages=*/1));  // at least what there is
  NewExperiment large = TwoTrials("large");
  large.spec_yaml = std::string(1 << 20, '#');
  EXPECT_THAT(store_->Submit(large, kNow),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("disk space")));
  // What was there is untouched, and so is the connection.
  EXPECT_THAT(*store_->ListExperiments(10), SizeIs(1));
  EXPECT_THAT(store_->FindRequest("large"), IsOkAndHolds(std::optional<int64_t>()));
  EXPECT_THAT(store_->Submit(TwoTrials(), kNow)->already_existed, true);
}

}  // namespace
}  // namespace vagram
