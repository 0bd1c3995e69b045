// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CheckableSessionStore;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.IndexPage;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.Record;

/**
 * Sessions in one DynamoDB table. Each operation is one request, unless somebody else changes the same
 * session at the same moment; {@code docs/storage-format.md} specifies the items:
 *
 * <pre>{@code
 * id           S  "pmWkWSBCL51Bfkhn79xPuKBKHz__H6B-mY6G9_eieuM"   HASH key
 * kind         S  "session"
 * fmt          N  1
 * uid          B  16 random bytes
 * data         M  { "cart": S "{…}", "photo": B 02… }
 * version      N  7
 * write        B  16 random bytes
 * created_at   N  1767225600000
 * accessed_at  N  1767226200000
 * idle_timeout N  1800000
 * expires_at   N  1767228180000
 * ttl          N  1767228180
 * }</pre>
 *
 * <p>A sweep reads the whole table: {@code docs/cost.md} says what that costs, {@code docs/operations.md} what
 * permission it needs. What DynamoDB's TTL removed before is told to nobody.
 *
 * <p>Safe for any number of threads. No operation makes a control-plane call. A client given to the
 * builder stays open when the store is closed; one that the store made itself is closed with it.
 */
public final class DynamoDbSessionStore
        implements SweepableSessionStore, IndexedSessionStore, CheckableSessionStore, PartStore, LockableSessionStore {
    /**
     * How long one operation may take at most in a client that the store makes itself, repetitions
     * included: with the SDK's defaults a request would wait about seven seconds for an endpoint that
     * does not answer.
     */
    public static final Duration DEFAULT_CALL_TIMEOUT = Duration.ofSeconds(3);

    /**
     * How many connections a client has that the store makes itself: as many as servers have threads. The
     * SDK's default of 50 refuses requests as soon as DynamoDB is slow.
     */
    public static final int DEFAULT_MAX_CONNECTIONS = 200;

    static final String NO_REGION =
            "is not set, and the SDK finds none (no AWS_REGION, no profile, no metadata of this machine): set it here or"
                    + " by AWS_REGION";

    /** How often a deletion starts over because saves come between. */
    private static final int MAX_ATTEMPTS = 10;

    private final Requests requests;
    private final Expressions expressions;
    private final Items items;
    private final Updates updates;
    private final KeyChanges keyChanges;
    private final Sweeps sweeps;
    private final Indexes indexes;
    private final Parts parts;
    private final Locks locks;
    private final ReadConsistency readConsistency;
    private final SessionObserver observer;
    private final StartProbe probe;
    private volatile boolean closed;

    private DynamoDbSessionStore(
            Requests requests,
            Map<String, IndexType> indexes,
            ReadConsistency readConsistency,
            boolean deletesParts,
            boolean sweepsLeftovers,
            SessionObserver observer,
            StartProbe probe) {
        this.probe = probe;
        this.requests = requests;
        this.items = requests.items();
        this.expressions = new Expressions(items);
        this.parts = new Parts(requests, expressions, deletesParts);
        this.updates = new Updates(requests, expressions, parts);
        this.keyChanges = new KeyChanges(requests, expressions, parts);
        this.sweeps = new Sweeps(requests, expressions, parts, sweepsLeftovers);
        this.indexes = new Indexes(requests, expressions, Map.copyOf(indexes));
        this.locks = new Locks(requests, expressions, this::found);
        this.readConsistency = readConsistency;
        this.observer = observer;
    }

    /**
     * A builder; only the table's name must be set. It reads no settings {@code dynamosession.*}: what is not called
     * here is the default, and the SDK's own chains find region and credentials. A store by settings is made by {@link
     * io.github.dynamosession.SessionManager#builder(io.github.dynamosession.settings.SessionSettings)}.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public boolean isBlocking() {
        return requests.calls().isBlocking();
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return run(StoreOperation.Kind.FIND, meter -> find(key, meter), StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return run(StoreOperation.Kind.CREATE, meter -> create(key, session, meter), StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        StoreOperation.Kind kind = delta.changesData() ? StoreOperation.Kind.UPDATE : StoreOperation.Kind.TOUCH;
        return run(kind, meter -> updates.update(key, delta, meter), StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return run(
                StoreOperation.Kind.CHANGE_KEY,
                meter -> keyChanges.changeKey(from, to, seen, delta, reason, meter),
                StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return run(
                StoreOperation.Kind.DELETE,
                meter -> delete(new Deletion(key, Token.random(), 0, 0, null, false), meter),
                StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<ExpiredPage> findExpired(@Nullable String position, int limit) {
        return run(
                StoreOperation.Kind.FIND_EXPIRED,
                meter -> sweeps.find(position, limit, meter),
                StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<SweepOutcome> deleteExpired(ExpiredSession seen) {
        return run(StoreOperation.Kind.DELETE_EXPIRED, meter -> sweeps.delete(seen, meter), StoreOperation.Result::of);
    }

    /** One step of a {@link TableSweep}. */
    CompletionStage<TableSweep.Page> find(TableSweep sweep, @Nullable String position, int limit) {
        return run(
                StoreOperation.Kind.FIND_EXPIRED,
                meter -> sweeps.find(sweep, position, limit, meter),
                page -> page.sessions().isEmpty() && page.leftovers().isEmpty()
                        ? StoreOperation.Result.ABSENT
                        : StoreOperation.Result.FOUND);
    }

    /** Deletes what a {@link TableSweep} found, expired or not. */
    CompletionStage<SweepOutcome> deleteAsSeen(ExpiredSession seen) {
        return run(
                StoreOperation.Kind.DELETE_EXPIRED,
                meter -> sweeps.deleteAsSeen(seen, meter),
                StoreOperation.Result::of);
    }

    /** The session that TTL removed, if that is what a record of the table's stream is about. */
    CompletionStage<Optional<ExpiredSession>> removed(Record record) {
        Row row = sweeps.removed(record).orElse(null);
        return row == null
                ? Requests.done(Optional.empty())
                : run(
                        StoreOperation.Kind.FIND_EXPIRED,
                        meter -> sweeps.removed(row, meter),
                        StoreOperation.Result::ofFound);
    }

    @Override
    public CompletionStage<SweepOutcome> deleteLeftover(SessionKey key) {
        return run(
                StoreOperation.Kind.DELETE_LEFTOVER,
                meter -> sweeps.deleteLeftover(key, meter),
                StoreOperation.Result::of);
    }

    /** The table, and the client's endpoint or region, as far as the client tells. */
    @Override
    public String location() {
        return probe.location();
    }

    /**
     * One eventually consistent {@code GetItem}, which may take as long as a request's. An endpoint that was named and
     * at which nobody listens is told within a second, unless there is a proxy.
     */
    @Override
    public CompletionStage<Void> check(SessionKey key) {
        return probe.check(key);
    }

    @Override
    public Optional<IndexType> index(String attribute) {
        return indexes.index(attribute);
    }

    @Override
    public void requireCustomAttribute(String attribute) {
        String problem = Indexes.problem(attribute, false, items.names());
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
    }

    @Override
    public CompletionStage<IndexPage> findBy(
            String attribute, CustomValue value, @Nullable String position, int limit) {
        return run(
                StoreOperation.Kind.FIND_BY,
                meter -> indexes.find(attribute, value, position, limit, meter),
                StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<Optional<StoredSession>> readBy(SessionKey key, String attribute, Set<CustomValue> values) {
        return run(
                StoreOperation.Kind.READ_BY,
                meter -> indexes.read(key, attribute, values, meter),
                StoreOperation.Result::ofFound);
    }

    @Override
    public CompletionStage<DeleteByOutcome> deleteBy(
            SessionKey key, String attribute, Set<CustomValue> values, @Nullable Token spared) {
        return run(
                StoreOperation.Kind.DELETE_BY,
                meter -> Requests.then(
                        indexes.delete(key, attribute, values, spared, meter),
                        outcome -> left(outcome, meter),
                        Requests::failed),
                StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<Optional<IndexMark>> findMark(SessionKey key) {
        return run(
                StoreOperation.Kind.FIND_MARK, meter -> indexes.findMark(key, meter), StoreOperation.Result::ofFound);
    }

    @Override
    public CompletionStage<IndexMark> raiseMark(SessionKey key, long atLeast, @Nullable Token spared) {
        return run(
                StoreOperation.Kind.RAISE_MARK,
                meter -> indexes.raiseMark(key, atLeast, spared, meter),
                mark -> StoreOperation.Result.WRITTEN);
    }

    @Override
    public int bytesPerRow() {
        return Parts.BYTES_PER_ROW;
    }

    @Override
    public CompletionStage<Void> putPart(Token uid, PartPointer pointer, EncodedValue content) {
        return run(
                StoreOperation.Kind.PUT_PART,
                meter -> parts.put(uid, pointer, content, meter),
                stored -> StoreOperation.Result.WRITTEN);
    }

    @Override
    public CompletionStage<Optional<EncodedValue>> getPart(Token uid, PartPointer pointer) {
        return run(
                StoreOperation.Kind.GET_PART,
                meter -> parts.get(uid, pointer, meter),
                found -> found.isPresent() ? StoreOperation.Result.FOUND : StoreOperation.Result.ABSENT);
    }

    @Override
    public CompletionStage<LockOutcome> lock(SessionKey key, Token owner, Duration lease, boolean waited) {
        return run(
                StoreOperation.Kind.LOCK,
                meter -> locks.lock(key, owner, lease, waited, meter),
                StoreOperation.Result::of);
    }

    @Override
    public CompletionStage<Void> unlock(SessionKey key, Token owner) {
        return run(
                        StoreOperation.Kind.UNLOCK,
                        meter -> locks.unlock(key, owner, meter),
                        released -> released ? StoreOperation.Result.WRITTEN : StoreOperation.Result.ABSENT)
                .thenApply(released -> null);
    }

    @Override
    public void close() {
        closed = true;
        requests.calls().close();
    }

    private CompletionStage<FindOutcome> find(SessionKey key, Meter meter) {
        boolean strong = readConsistency == ReadConsistency.STRONG;
        return Requests.then(
                requests.get(key, strong, meter),
                row -> {
                    FindOutcome outcome = found(row.orElse(null));
                    if (outcome instanceof FindOutcome.Absent
                            && readConsistency == ReadConsistency.EVENTUAL_STRONG_ON_MISS) {
                        return Requests.then(
                                requests.get(key, true, meter),
                                fresh -> Requests.done(found(fresh.orElse(null))),
                                Requests::failed);
                    }
                    return Requests.done(outcome);
                },
                Requests::failed);
    }

    private FindOutcome found(@Nullable Row row) {
        if (row == null || !(row.isSession() || row.isRedirect())) {
            return new FindOutcome.Absent();
        }
        row.requireKnownFormat();
        if (row.isRedirect()) {
            return new FindOutcome.Moved(row.movedAt(), row.reason());
        }
        return row.isExpiredAt(requests.now()) ? new FindOutcome.Absent() : new FindOutcome.Found(items.read(row));
    }

    private CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session, Meter meter) {
        Long until = Parts.until(session.attributes());
        return until == null
                ? create(key, session, null, meter)
                : Requests.then(
                        parts.extend(session, until, meter),
                        kept -> create(key, session, kept, meter),
                        Requests::failed);
    }

    private CompletionStage<CreateOutcome> create(
            SessionKey key, StoredSession session, @Nullable Long partsUntil, Meter meter) {
        return Requests.then(
                requests.put(key, items.session(key, session, partsUntil), expressions.create(), meter),
                reply -> {
                    if (reply instanceof Reply.Refused<PutItemResponse> refused) {
                        Row row = refused.row();
                        if (refused.hidden() && (row == null || row.isEnded())) {
                            return Requests.failed(new SessionStoreException(
                                    "a reply to the " + meter.operation()
                                            + " was lost and no session is there any more:"
                                            + " whether this one was stored for a while cannot be told",
                                    null,
                                    true));
                        }
                        return Requests.done(
                                row != null && row.has(ItemAttribute.UID, session.uid())
                                        ? new CreateOutcome.Written(row.version())
                                        : new CreateOutcome.Exists());
                    }
                    return Requests.done(new CreateOutcome.Written(session.version()));
                },
                Requests::failed);
    }

    /**
     * Where a deletion stands.
     *
     * @param key where the session is, after the redirects followed so far
     * @param token what the trace that it leaves is recognised by
     * @param attempts how often a save came between
     * @param hops how many redirects were followed
     * @param followed the session that the redirects belong to; null as long as none was followed
     * @param hidden whether an earlier attempt may have ended it
     */
    private record Deletion(
            SessionKey key,
            Token token,
            int attempts,
            int hops,
            @Nullable Token followed,
            boolean hidden) {
        Deletion again(boolean nowHidden) {
            return new Deletion(key, token, attempts + 1, hops, followed, hidden || nowHidden);
        }
    }

    private CompletionStage<DeleteOutcome> delete(Deletion deletion, Meter meter) {
        return Requests.then(
                end(deletion, expressions.end(deletion.followed(), requests.now()), meter),
                reply -> {
                    if (!(reply instanceof Reply.Refused<PutItemResponse> refused)) {
                        return left(((Reply.Done<PutItemResponse>) reply).response(), DeleteOutcome.DELETED, meter);
                    }
                    Row row = refused.row();
                    if (row == null) {
                        boolean hidden = deletion.hidden() || refused.hidden();
                        return Requests.done(hidden ? DeleteOutcome.UNCERTAIN : DeleteOutcome.ABSENT);
                    }
                    if (row.isEndedBy(deletion.token())) {
                        return Requests.done(DeleteOutcome.DELETED);
                    }
                    boolean stranger = deletion.followed() != null && !row.has(ItemAttribute.UID, deletion.followed());
                    if (stranger || !(row.isSession() || row.isRedirect())) {
                        return Requests.done(DeleteOutcome.ABSENT);
                    }
                    row.requireKnownFormat();
                    if (row.isRedirect()) {
                        return follow(row, deletion, meter);
                    }
                    if (deletion.attempts() >= MAX_ATTEMPTS) {
                        return Requests.failed(new SessionStoreException(
                                "the " + meter.operation()
                                        + " gave way to others that changed the same session, too often",
                                null,
                                deletion.hidden() || refused.hidden()));
                    }
                    return row.isExpiredAt(requests.now())
                            ? deleteExpired(deletion, meter)
                            // Read after the refusal, and saved within the grace in between.
                            : delete(deletion.again(refused.hidden()), meter);
                },
                Requests::failed);
    }

    /** Puts a trace over the row: a key that is free could be taken by a put of the session that arrives late. */
    private CompletionStage<Reply<PutItemResponse>> end(
            Deletion deletion, Expressions.Statement statement, Meter meter) {
        Map<String, AttributeValue> trace = items.ended(deletion.key(), deletion.token(), requests.now());
        return parts.areDeleted()
                ? requests.replace(deletion.key(), trace, statement, meter)
                : requests.put(deletion.key(), trace, statement, meter);
    }

    private CompletionStage<DeleteByOutcome> left(DeleteByOutcome outcome, Meter meter) {
        CompletionStage<DeleteByOutcome> done = Requests.done(outcome);
        return outcome instanceof DeleteByOutcome.Deleted deleted
                ? parts.without(deleted.session().uid(), () -> Parts.pointers(deleted.session()), done, meter)
                : done;
    }

    /** Deletes what the session leaves outside of its row, if that is wanted. */
    private CompletionStage<DeleteOutcome> left(PutItemResponse response, DeleteOutcome outcome, Meter meter) {
        CompletionStage<DeleteOutcome> done = Requests.done(outcome);
        if (!parts.areDeleted()
                || !response.hasAttributes()
                || response.attributes().isEmpty()) {
            return done;
        }
        Row ended = new Row(response.attributes(), items.names());
        return parts.without(ended.uid(), () -> parts.pointers(ended), done, meter);
    }

    private CompletionStage<DeleteOutcome> follow(Row redirect, Deletion deletion, Meter meter) {
        // Not later than that: the next redirect may be gone by then, and the session would look absent.
        if (!redirect.reason().endFollows() || redirect.isExpiredAt(requests.now())) {
            return Requests.done(DeleteOutcome.MOVED);
        }
        if (deletion.hops() == SessionStore.MAX_FOLLOWED) {
            return Requests.failed(Updates.tooFar(meter, false));
        }
        // What has ended leaves no redirect: nothing is hidden yet.
        return delete(
                new Deletion(
                        redirect.target(),
                        deletion.token(),
                        deletion.attempts(),
                        deletion.hops() + 1,
                        redirect.uid(),
                        false),
                meter);
    }

    /**
     * An expired session is absent, but what is left of it goes all the same: a late save, accepted
     * within the grace, would bring back what a user has just logged out of.
     */
    private CompletionStage<DeleteOutcome> deleteExpired(Deletion deletion, Meter meter) {
        return Requests.then(
                end(deletion, expressions.endExpired(deletion.followed(), requests.now()), meter),
                reply -> {
                    if (reply instanceof Reply.Refused<PutItemResponse> refused
                            && refused.row() != null
                            && !refused.row().isEndedBy(deletion.token())) {
                        // Saved within the grace in the meantime, or moved.
                        return delete(deletion.again(refused.hidden()), meter);
                    }
                    return reply instanceof Reply.Done<PutItemResponse> done
                            ? left(done.response(), DeleteOutcome.ABSENT, meter)
                            : Requests.done(DeleteOutcome.ABSENT);
                },
                Requests::failed);
    }

    /** Runs an operation, reports it, and makes sure that only exceptions of the contract come out. */
    private <T> CompletionStage<T> run(
            StoreOperation.Kind kind,
            Function<Meter, CompletionStage<T>> operation,
            Function<T, StoreOperation.Result> result) {
        if (closed) {
            return Requests.failed(new SessionStoreException("the session store is closed", null, false));
        }
        Meter meter = new Meter(kind, observer);
        CompletionStage<T> stage;
        try {
            stage = operation.apply(meter);
        } catch (RuntimeException e) {
            stage = Requests.failed(e);
        }
        CompletableFuture<T> ended = new CompletableFuture<>();
        stage.whenComplete((outcome, failure) -> {
            meter.report(failure == null ? result.apply(outcome) : StoreOperation.Result.FAILED);
            if (failure == null) {
                ended.complete(outcome);
            } else {
                ended.completeExceptionally(
                        requests.errors().translate(failure, meter.operation(), writes(kind), false));
            }
        });
        return ended;
    }

    private static boolean writes(StoreOperation.Kind kind) {
        return switch (kind) {
            // A part that nobody knows of has not happened.
            case FIND, FIND_EXPIRED, FIND_BY, READ_BY, FIND_MARK, GET_PART, PUT_PART -> false;
            case CREATE,
                    UPDATE,
                    TOUCH,
                    CHANGE_KEY,
                    DELETE,
                    DELETE_EXPIRED,
                    DELETE_LEFTOVER,
                    DELETE_BY,
                    RAISE_MARK,
                    LOCK,
                    UNLOCK -> true;
        };
    }

    /** Collects what a {@link DynamoDbSessionStore} needs. Not for use by several threads. */
    public static final class Builder {
        private @Nullable String tableName;
        private @Nullable DynamoDbClient client;
        private @Nullable DynamoDbAsyncClient asyncClient;
        private @Nullable String region;
        private @Nullable URI endpoint;
        private @Nullable AwsCredentialsProvider credentials;
        private @Nullable Duration callTimeout;
        private @Nullable Integer maxConnections;
        private ReadConsistency readConsistency = ReadConsistency.STRONG;
        private ItemAttributes itemAttributes = ItemAttributes.defaults();
        private Clock clock = Clock.systemUTC();
        private SessionObserver observer = SessionObserver.NONE;
        private boolean createTable;
        private final Map<String, IndexType> indexes = new TreeMap<>();
        private Function<Setting, String> settingNames = setting -> "dynamosession." + setting.key();
        private boolean deleteParts;
        private Duration ttlGrace = Duration.ZERO;
        private boolean sweepLeftovers;

        private Builder() {}

        /**
         * The table. Required.
         *
         * @param tableName its name or ARN
         * @return this
         */
        public Builder tableName(String tableName) {
            this.tableName = tableName;
            return this;
        }

        /**
         * A blocking client to use. It stays the caller's: the store never closes it and assumes nothing
         * of its retries and timeouts.
         *
         * @param client the client
         * @return this
         */
        public Builder client(DynamoDbClient client) {
            this.client = client;
            return this;
        }

        /**
         * A client that does not block, instead of {@link #client}. It stays the caller's.
         *
         * @param asyncClient the client
         * @return this
         */
        public Builder asyncClient(DynamoDbAsyncClient asyncClient) {
            this.asyncClient = asyncClient;
            return this;
        }

        /**
         * The region of the client that the store makes itself. Not together with a client.
         *
         * @param region such as {@code eu-central-1}; unless set, the SDK's own chain finds it
         * @return this
         */
        public Builder region(String region) {
            this.region = region;
            return this;
        }

        /**
         * The endpoint of the client that the store makes itself, for DynamoDB Local and the like. Not
         * together with a client.
         *
         * @param endpoint such as {@code http://localhost:8000}; unless set, that of the region
         * @return this
         */
        public Builder endpoint(URI endpoint) {
            this.endpoint = endpoint;
            return this;
        }

        /**
         * How long one request may take at most, repetitions included, in the client that the store
         * makes itself, and waiting for one of its connections. An attempt may take a third of it, but at least
         * a second. Not together with a client.
         *
         * @param callTimeout positive; {@link #DEFAULT_CALL_TIMEOUT} unless set
         * @return this
         */
        public Builder callTimeout(Duration callTimeout) {
            this.callTimeout = callTimeout;
            return this;
        }

        /**
         * How many requests may be under way at once. The client that the store makes itself has so many
         * connections; calls beyond them wait in the order in which they came, and fail with
         * {@link SessionStoreException}, not applied, if none became free within the call's timeout.
         *
         * <p>With a blocking client of the application no more than so many calls are made at once, which
         * should be the client's own number of connections; the others wait in the same way, for
         * {@link #DEFAULT_CALL_TIMEOUT} at most. Not together with an asynchronous client, which has a
         * setting of its own.
         *
         * @param maxConnections positive; {@link #DEFAULT_MAX_CONNECTIONS} unless set, and no limit over a
         *     client of the application
         * @return this
         */
        public Builder maxConnections(int maxConnections) {
            this.maxConnections = maxConnections;
            return this;
        }

        /** How messages name a setting. */
        Builder settingNames(Function<Setting, String> names) {
            this.settingNames = names;
            return this;
        }

        /** For the store's own client; the SDK's chain unless set. */
        Builder credentials(AwsCredentialsProvider credentials) {
            this.credentials = credentials;
            return this;
        }

        /**
         * How {@code find} reads.
         *
         * @param readConsistency {@link ReadConsistency#STRONG} unless set
         * @return this
         */
        public Builder readConsistency(ReadConsistency readConsistency) {
            this.readConsistency = readConsistency;
            return this;
        }

        /**
         * What the table calls the attributes of an item.
         *
         * @param itemAttributes {@link ItemAttributes#defaults()} unless set
         * @return this
         */
        public Builder itemAttributes(ItemAttributes itemAttributes) {
            this.itemAttributes = itemAttributes;
            return this;
        }

        /**
         * The clock that decides what is expired.
         *
         * @param clock the system's unless set
         * @return this
         */
        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        /**
         * Whom to tell of each operation. With one other than {@link SessionObserver#NONE} DynamoDB is
         * asked for the consumed capacity.
         *
         * @param observer {@link SessionObserver#NONE} unless set
         * @return this
         */
        public Builder observer(SessionObserver observer) {
            this.observer = observer;
            return this;
        }

        /**
         * Whether {@link #build()} creates the table if it does not exist, and waits for it. For
         * development: it needs permissions that an application should not have. Each of its calls may
         * take 60 s, whatever {@link #callTimeout} or the client says.
         *
         * @param createTable false unless set
         * @return this
         */
        public Builder createTable(boolean createTable) {
            this.createTable = createTable;
            return this;
        }

        /**
         * Says that the table has an index of a custom attribute: a global secondary index named after it, {@code
         * user-index} for {@code user}, with the attribute as HASH key and {@link ItemAttribute#CREATED_AT} as RANGE key,
         * keys only. {@link #createTable} creates it, too; {@code docs/indexes.md} says how else.
         *
         * @param attribute the attribute's name in the table, up to 249 letters, digits and the characters {@code _ . -}
         * @param type {@link IndexType#TEXT} or {@link IndexType#NUMBER}
         * @return this
         */
        public Builder index(String attribute, IndexType type) {
            indexes.put(attribute, type);
            return this;
        }

        /**
         * How much later than a session's end DynamoDB's TTL may remove its row, so that a sweep finds the session
         * before and its listeners are notified: TTL removes it without a word. When a session expires does not depend on it: no
         * read ever answers an expired session.
         *
         * @param grace zero unless set; not negative
         * @return this
         */
        public Builder ttlGrace(Duration grace) {
            this.ttlGrace = grace;
            return this;
        }

        /**
         * Whether large values outside of a session's row are deleted as soon as they are replaced, and when the session
         * ends by {@link SessionStore#delete} or a sweep; a deletion costs as much as the write did. Otherwise TTL
         * removes them for nothing, at the earliest a day after the session's last recorded end. To be turned on for
         * sessions without an end, whose parts have no TTL, and where values must not stay.
         *
         * @param deleteParts false unless set
         * @return this
         */
        public Builder deleteParts(boolean deleteParts) {
            this.deleteParts = deleteParts;
            return this;
        }

        /**
         * Whether a sweep also deletes what DynamoDB's TTL removes elsewhere: traces of sessions that ended or moved, and large
         * values that no session has any more, a day after their {@code ttl}. To be turned on, together with sweeps, in
         * one region of a table without TTL, as global tables with multi-Region strong consistency are.
         *
         * @param sweepLeftovers false unless set
         * @return this
         */
        public Builder sweepLeftovers(boolean sweepLeftovers) {
            this.sweepLeftovers = sweepLeftovers;
            return this;
        }

        /**
         * Builds the store. Makes no network call unless {@link #createTable} is on.
         *
         * @return the store
         * @throws IllegalArgumentException if settings are missing or contradict each other; the message
         *     lists all problems
         * @throws SessionStoreException if the table was to be created and could not be, or is another
         */
        public DynamoDbSessionStore build() {
            List<String> problems = problems();
            DynamoCalls calls = null;
            if (problems.isEmpty()) {
                try {
                    calls = calls();
                } catch (SdkClientException e) {
                    // The SDK lists all places where it looked for a region, with addresses of objects.
                    problems.add(
                            String.valueOf(e.getMessage()).startsWith("Unable to load region")
                                    ? "the region " + NO_REGION
                                    : "the AWS client cannot be made: " + e.getMessage());
                }
            }
            String table = tableName;
            if (calls == null || table == null) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            if (createTable) {
                createTable(calls, table);
            }
            Items items = new Items(itemAttributes, ttlGrace);
            Requests requests = new Requests(calls, table, items, clock, settingNames);
            return new DynamoDbSessionStore(
                    requests,
                    indexes,
                    readConsistency,
                    deleteParts,
                    sweepLeftovers,
                    observer,
                    new StartProbe(requests, calls.client(), callTimeout()));
        }

        private List<String> problems() {
            List<String> problems = new ArrayList<>();
            if (tableName == null || tableName.isBlank()) {
                problems.add("the table's name is missing");
            }
            if (client != null && asyncClient != null) {
                problems.add("a blocking and an asynchronous client are given: choose one");
            }
            if (client != null || asyncClient != null) {
                if (region != null) {
                    problems.add("a region is given beside a client: set it in the client");
                }
                if (endpoint != null) {
                    problems.add("an endpoint is given beside a client: set it in the client");
                }
                if (callTimeout != null) {
                    problems.add("a call timeout is given beside a client: set it in the client");
                }
            }
            if (callTimeout != null && (callTimeout.isZero() || callTimeout.isNegative())) {
                problems.add("the call timeout is not positive");
            }
            if (asyncClient != null && maxConnections != null) {
                problems.add("a number of connections is given beside an asynchronous client: set it in the client");
            }
            if (maxConnections != null && maxConnections <= 0) {
                problems.add("the number of connections is not positive");
            }
            if (ttlGrace.isNegative()) {
                problems.add("the grace of TTL is negative");
            }
            if (endpoint != null && (endpoint.getScheme() == null || endpoint.getHost() == null)) {
                problems.add("the endpoint needs a scheme and a host, as in http://localhost:8000");
            }
            problems.addAll(Indexes.problems(indexes, itemAttributes));
            return problems;
        }

        private DynamoCalls calls() {
            if (asyncClient != null) {
                return new AsyncCalls(asyncClient);
            }
            if (client != null) {
                return new BlockingCalls(
                        client,
                        false,
                        maxConnections == null
                                ? null
                                : new ConnectionLimit(
                                        maxConnections, DEFAULT_CALL_TIMEOUT, false, connectionsSetting()));
            }
            Duration timeout = callTimeout();
            int connections = Optional.ofNullable(maxConnections).orElse(DEFAULT_MAX_CONNECTIONS);
            return new BlockingCalls(
                    OwnClient.make(region, endpoint, credentials, timeout, connections),
                    true,
                    new ConnectionLimit(connections, timeout, true, connectionsSetting()));
        }

        private Duration callTimeout() {
            return Optional.ofNullable(callTimeout).orElse(DEFAULT_CALL_TIMEOUT);
        }

        private String connectionsSetting() {
            return settingNames.apply(DynamoDbSessionStoreProvider.MAX_CONNECTIONS);
        }

        private void createTable(DynamoCalls calls, String table) {
            try {
                DynamoDbTables.create(calls, table, itemAttributes, indexes, settingNames);
            } catch (RuntimeException e) {
                calls.close();
                throw e;
            }
        }
    }
}
