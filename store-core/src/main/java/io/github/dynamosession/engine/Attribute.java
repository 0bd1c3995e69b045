// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.ComputeConflictException;
import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attribute of an open session: what the store is known to hold, what the application sees, and
 * whether the two differ. Guarded by its session.
 *
 * <p>Changes are found on what the codec wrote, the <em>plain</em> encoding; what the store holds may be
 * compressed or encrypted, and is opened only when somebody looks.
 */
final class Attribute {
    private final String name;

    /** What was fetched of values outside of the row. */
    private final Contents contents;

    private ValueProtection protection;

    /** Exactly what the store held when this request last learned of it; null: nothing. */
    private @Nullable EncodedValue stored;

    /** What {@link #stored} is without its protection, the baseline of changes; null: not opened yet. */
    private @Nullable EncodedValue plain;

    /** Whether {@link #stored} comes from another session, so that it has to be encrypted again. */
    private boolean carried;

    /** Whether {@link #plain} was read from a value that was not encrypted. */
    private boolean openedUnbound;

    /** What the application sees; null: not read yet, or removed. */
    private @Nullable Object value;

    /** What {@link #value} was decoded as; {@code Object.class} for one that the application set. */
    private Type type = Object.class;

    /**
     * What the application was given before as other types, and may still change; the latest first. Few read an
     * attribute as several types: nobody else pays for it.
     */
    private List<View> views = List.of();

    /** The encoding that {@link #value} had when it was read beside {@link #views}. */
    private @Nullable EncodedValue asRead;

    private boolean removed;

    /** Whether it was told that the stored value cannot be read: once is enough. */
    private boolean reported;

    /** The encoding of {@link #value} when it was set or computed; null for one that was decoded. */
    private @Nullable EncodedValue encoded;

    /** The encoding that {@link #value} came to by what is not a change of the application's; null: nothing is. */
    private @Nullable EncodedValue prepared;

    /** The functions behind {@link #value}, to be run again if the store holds another value at the save. */
    private List<Function<Optional<Object>, @Nullable Object>> computations = List.of();

    private Type computedAs = Object.class;

    /** What a save keeps outside of the row and has not stored yet: if others come between it is not written twice. */
    private @Nullable Outgoing outgoing;

    /** How often the application set, removed or computed the value, and how much of that is stored. */
    private int assignments;

    private int storedAssignments;

    /** A protected value, and the part that holds it. */
    private record Outgoing(ValueProtection.ProtectedValue value, NewPart part) {}

    /** A value that the application was given as another type, and its encoding when it was known last. */
    private record View(Object value, Type type, EncodedValue asRead) {}

    Attribute(String name, @Nullable EncodedValue stored, ValueProtection protection, Contents contents) {
        this.name = name;
        this.stored = stored;
        this.protection = protection;
        this.contents = contents;
    }

    /** The pointer to what has to be fetched before the value can be read; null: nothing. */
    @Nullable
    EncodedValue lacking() {
        EncodedValue present = stored;
        return removed || value != null || plain != null || present == null || !contents.lack(present) ? null : present;
    }

    /** What was to be fetched has been replaced: now the store holds this, or nothing. */
    void replaced(EncodedValue pointer, @Nullable EncodedValue now) {
        if (pointer.equals(stored)) {
            holds(now, null);
        }
    }

    @Nullable
    EncodedValue stored() {
        return stored;
    }

    boolean isPresent() {
        return !removed && (value != null || stored != null);
    }

    /** The value as the given type; empty if there is none, or if it cannot be read and the policy hides that. */
    Optional<Object> read(Type wanted, Codecs codecs) {
        try {
            return readOrFail(wanted, codecs);
        } catch (UnreadableValueException e) {
            if (!codecs.hides(name, e)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private Optional<Object> readOrFail(Type wanted, Codecs codecs) {
        if (!isPresent()) {
            return Optional.empty();
        }
        followViews(codecs);
        if (value != null && fits(wanted)) {
            return Optional.of(value);
        }
        // A changed value goes through its encoding, so that what was changed in place is kept. An unchanged one
        // is decoded from what is stored: the first type may not have known all that the second one does.
        EncodedValue changed = changedEncoding(codecs);
        Object decoded = reporting(codecs, wanted, () -> codecs.decode(changed == null ? opened() : changed, wanted));
        keepView(codecs);
        value = decoded;
        type = wanted;
        asRead = views.isEmpty() ? null : encoding(codecs);
        // What was prepared is another object: the same content in this one would be a change.
        prepared = null;
        return Optional.of(decoded);
    }

    /** The value gives way to another object, but the application still holds it. */
    private void keepView(Codecs codecs) {
        if (value == null || Immutables.isImmutable(value)) {
            return;
        }
        List<View> all = new ArrayList<>();
        all.add(new View(value, type, encoding(codecs)));
        all.addAll(views);
        views = all;
    }

    /**
     * If the application has changed an object that it was given earlier, as another type, and not the one that it
     * was given last, the former is the value.
     */
    private void followViews(Codecs codecs) {
        if (views.isEmpty() || value == null) {
            return;
        }
        EncodedValue now = encoding(codecs);
        if (!now.equals(asRead)) {
            return;
        }
        for (View view : views) {
            EncodedValue then = view.asRead();
            EncodedValue changed = encoding(view.value(), codecs);
            if (!changed.equals(then)) {
                List<View> others = new ArrayList<>(views);
                others.remove(view);
                others.add(0, new View(value, type, now));
                views = others;
                value = view.value();
                type = view.type();
                asRead = changed;
                prepared = null;
                return;
            }
        }
    }

    private Object reporting(Codecs codecs, Type wanted, Supplier<Object> decoding) {
        try {
            return decoding.get();
        } catch (UnreadableValueException e) {
            if (!reported) {
                reported = true;
                codecs.notifyObserver(e);
                if (codecs.hides(name, e)) {
                    codecs.hidden(name, wanted, e);
                }
            }
            throw e;
        }
    }

    /** Why the stored value cannot be read; null if it can. What is decoded is dropped: nobody has asked for it yet. */
    @Nullable
    UnreadableValueException unreadable(Codecs codecs) {
        try {
            codecs.decode(opened(), Object.class);
            return null;
        } catch (UnreadableValueException e) {
            return e;
        }
    }

    private boolean fits(Type wanted) {
        if (wanted == Object.class || wanted.equals(type)) {
            return true;
        }
        boolean setByApplication = encoded != null;
        return (wanted instanceof Class<?> || setByApplication)
                && rawClass(wanted).isInstance(value);
    }

    void set(Object newValue, Codecs codecs) {
        assign(newValue, codecs.encode(newValue));
    }

    private void assign(Object newValue, EncodedValue encoding) {
        assignments++;
        encoded = encoding;
        value = newValue;
        views = List.of();
        type = Object.class;
        prepared = null;
        removed = false;
        computations = List.of();
    }

    void remove() {
        assignments++;
        value = null;
        views = List.of();
        encoded = null;
        removed = true;
        computations = List.of();
    }

    void compute(Type wanted, Function<Optional<Object>, @Nullable Object> function, Codecs codecs) {
        boolean changedInPlace = isComputed() && isChangedInPlace(codecs);
        // What cannot be read is not nothing: a function of nothing would overwrite it.
        Optional<Object> before = readOrFail(wanted, codecs);
        boolean exact = !computations.isEmpty() || !isChanged(codecs);
        @Nullable Object after = function.apply(before);
        List<Function<Optional<Object>, @Nullable Object>> all = new ArrayList<>(computations);
        if (changedInPlace) {
            all.add(result -> {
                throw changedInPlace();
            });
        }
        all.add(function);
        become(after, codecs);
        if (exact) {
            // Otherwise the application has set the value in this request, and the last writer wins.
            computations = all;
            computedAs = wanted;
        }
    }

    private void become(@Nullable Object newValue, Codecs codecs) {
        if (newValue == null) {
            remove();
        } else {
            set(newValue, codecs);
        }
    }

    /** Runs the functions again on what the store holds now. */
    void recompute(@Nullable EncodedValue current, Codecs codecs) {
        if (computations.isEmpty()) {
            // Set or removed by the application while the save was under way: the last writer wins.
            holds(current, null);
            return;
        }
        if (isChangedInPlace(codecs)) {
            throw changedInPlace();
        }
        List<Function<Optional<Object>, @Nullable Object>> functions = computations;
        Optional<Object> result = Optional.ofNullable(current)
                .map(bytes -> reporting(
                        codecs,
                        computedAs,
                        () -> codecs.decode(protection.open(name, contents.of(bytes)), computedAs)));
        for (Function<Optional<Object>, @Nullable Object> function : functions) {
            result = Optional.ofNullable(function.apply(result));
        }
        @Nullable Object after = result.orElse(null);
        // Before anything changes: a result that cannot be stored must not leave the former one behind, which
        // would then look as if it came from what is stored now.
        EncodedValue encoding = after == null ? null : codecs.encode(after);
        holds(current, null);
        if (after == null || encoding == null) {
            remove();
        } else {
            assign(after, encoding);
        }
        computations = functions;
    }

    /** Computes on what the store is believed to hold; changes nothing if that fails. */
    void anticipate(@Nullable EncodedValue believed, Codecs codecs) {
        if (computations.isEmpty() || (believed != null && contents.lack(believed)) || isChangedInPlace(codecs)) {
            return;
        }
        try {
            recompute(believed, codecs);
        } catch (RuntimeException e) {
            // The store knows better, and says so when this is saved.
        }
    }

    /** How often the application set, removed or computed the value. */
    int assignments() {
        return assignments;
    }

    /** Whether a change of the value, if there is one, was made in place, without the application saying so. */
    boolean isOnlyFound() {
        return assignments == storedAssignments;
    }

    /**
     * Others have changed what a change was found in, and the request had its answer before it: theirs stays.
     *
     * @return whether a change of this request is lost
     */
    boolean overtaken(@Nullable EncodedValue current, Codecs codecs) {
        if (!isOnlyFound()) {
            // Set or removed by the application since: the last writer wins.
            holds(current, null);
            return false;
        }
        codecs.overtaken(value);
        drop(current);
        return true;
    }

    /** Gives up what the application sees for what the store holds. */
    void drop(@Nullable EncodedValue current) {
        value = null;
        views = List.of();
        encoded = null;
        removed = false;
        prepared = null;
        computations = List.of();
        storedAssignments = assignments;
        holds(current, null);
    }

    /** Whether the value was changed after it was set or computed. */
    private boolean isChangedInPlace(Codecs codecs) {
        followViews(codecs);
        return encoded != null && value != null && !encoding(codecs).equals(encoded);
    }

    private static ComputeConflictException changedInPlace() {
        return new ComputeConflictException("a computed attribute was changed in place after session.compute, and"
                + " another request changed it too: make the whole change inside the function");
    }

    boolean isComputed() {
        return !computations.isEmpty();
    }

    /** Whether the store does not hold what the application sees. */
    boolean isChanged(Codecs codecs) {
        return removed ? stored != null : changedEncoding(codecs) != null;
    }

    boolean isRemoved() {
        return removed;
    }

    /** The value's plain encoding if the store does not hold it; null if it does, or if nobody looked. */
    @Nullable
    EncodedValue changedEncoding(Codecs codecs) {
        if (removed || value == null) {
            return null;
        }
        followViews(codecs);
        if (encoded == null && codecs.isUnchanging(value, plain)) {
            return null;
        }
        EncodedValue now = encoding(codecs);
        if (stored == null) {
            return now;
        }
        EncodedValue before;
        try {
            before = opened();
        } catch (UnreadableValueException e) {
            // Whatever it is, it is not this value.
            return now;
        }
        if (now.equals(before) || now.equals(prepared) || isSpelledOtherwise(before, now, codecs)) {
            return null;
        }
        // One that is not written is good for comparing only: then the codec that writes says why it refuses.
        return codecs.isWritten(now.format()) ? now : named(() -> codecs.encode(Objects.requireNonNull(value)));
    }

    /** Whether two encodings are one value, as those of a map whose entries have another order. */
    private boolean isSpelledOtherwise(EncodedValue before, EncodedValue now, Codecs codecs) {
        boolean hasOneSpelling = value != null && before.format() == now.format() && Immutables.isImmutable(value);
        return !hasOneSpelling && codecs.sameValue(before, now, type);
    }

    /** Whether surely nothing is to be written, as far as can be told without a codec. */
    boolean isSurelyUnchanged(Codecs codecs) {
        if (removed || value == null) {
            return !removed || stored == null;
        }
        return views.isEmpty()
                && (encoded == null ? codecs.isUnchanging(value, plain) : Immutables.isImmutable(value))
                && (encoded == null || (stored != null && encoded.equals(plain)));
    }

    /** The value that the application sees, if it has looked; null if not. */
    @Nullable
    Object seen() {
        return removed ? null : value;
    }

    /** What the application sees now is no change of its own. */
    void prepared(Codecs codecs) {
        prepared = value == null ? null : encoding(codecs);
    }

    /** What to write if the store does not hold what the application sees; null if it does, or if nobody looked. */
    ValueProtection.@Nullable ProtectedValue changed(Codecs codecs) {
        EncodedValue now = changedEncoding(codecs);
        Outgoing before = outgoing;
        if (now != null && before != null && now.equals(before.value().plain())) {
            return before.value();
        }
        return now == null ? null : protection.protect(name, now);
    }

    /** The part that holds a value which {@link #changed} or {@link #whole} gave; made if there is none yet. */
    NewPart part(ValueProtection.ProtectedValue outside, Supplier<NewPart> made) {
        Outgoing before = outgoing;
        if (before != null && before.value().equals(outside)) {
            return before.part();
        }
        NewPart part = made.get();
        outgoing = outside.plain() == null ? null : new Outgoing(outside, part);
        return part;
    }

    /** What to write into a new session, changed or not; null if there is no value. */
    ValueProtection.@Nullable ProtectedValue whole(Codecs codecs) {
        if (!isPresent()) {
            return null;
        }
        ValueProtection.ProtectedValue changed = changed(codecs);
        if (changed != null) {
            return changed;
        }
        EncodedValue before = Objects.requireNonNull(stored);
        if (!carried) {
            return new ValueProtection.ProtectedValue(plain, before);
        }
        return protection.protect(name, opened());
    }

    /** What the store holds, as the codec wrote it. */
    private EncodedValue opened() {
        EncodedValue bare = plain;
        if (bare == null) {
            EncodedValue present = Objects.requireNonNull(stored);
            EncodedValue content = contents.of(present);
            bare = protection.open(name, content);
            plain = bare;
            openedUnbound = !protection.isBound(content);
            contents.opened(present);
        }
        return bare;
    }

    /**
     * Moves the attribute into a new session, where nothing is stored yet.
     *
     * @return why the stored value cannot come along, if so; null if it does, or if there is none
     */
    @Nullable
    UnreadableValueException adopt(ValueProtection next) {
        ValueProtection former = protection;
        protection = next;
        outgoing = null;
        if (removed || stored == null) {
            holds(null, null);
            return null;
        }
        try {
            boolean outside = PartPointer.is(stored);
            // The parts stay behind: they are the other session's.
            EncodedValue before = outside && plain != null ? plain : contents.of(stored);
            boolean bound = outside && plain != null ? !openedUnbound : former.isBound(before);
            if (!bound) {
                // As it is: whoever can write to the table may have put in a plain value, and encrypting it here would
                // vouch for it.
                if (outside) {
                    holds(before, plain);
                }
                return null;
            }
            EncodedValue bare = plain == null ? former.open(name, before) : plain;
            holds(bare, bare);
            carried = true;
            return null;
        } catch (UnreadableValueException e) {
            holds(null, null);
            return e;
        }
    }

    /** The same session goes on with another key binding, or under another key. */
    void rebind(ValueProtection next) {
        protection = next;
        outgoing = null;
    }

    private void holds(@Nullable EncodedValue nowStored, @Nullable EncodedValue nowPlain) {
        stored = nowStored;
        plain = nowPlain;
        carried = false;
        openedUnbound = false;
        outgoing = null;
    }

    private EncodedValue encoding(Codecs codecs) {
        return encoding(Objects.requireNonNull(value), codecs);
    }

    private EncodedValue encoding(Object present, Codecs codecs) {
        if (encoded != null) {
            return Immutables.isImmutable(present) ? encoded : named(() -> codecs.encode(present));
        }
        EncodedValue before = plain;
        return named(() -> before == null ? codecs.encode(present) : codecs.encodeAgain(present, before.format()));
    }

    /** Of a value that was set or read before: nothing else tells which of the session's it is. */
    private EncodedValue named(Supplier<EncodedValue> encoding) {
        try {
            return encoding.get();
        } catch (UnstorableValueException e) {
            UnstorableValueException named = new UnstorableValueException(
                    "the attribute " + Codecs.printable(name) + " was changed after it was set or read, and is not"
                            + " stored: " + e.getMessage(),
                    e.getCause());
            named.addSuppressed(e);
            throw named;
        }
    }

    /** Takes note of what the store holds after a save. */
    void saved(
            @Nullable EncodedValue nowStored,
            @Nullable EncodedValue nowPlain,
            List<Function<Optional<Object>, @Nullable Object>> computationsDone,
            int assignmentsDone) {
        storedAssignments = assignmentsDone;
        if (nowPlain == null || !nowPlain.equals(plain)) {
            prepared = null;
        }
        holds(nowStored, nowPlain);
        int done = 0;
        // Those of the save, unless the application has set a value since and then computed from that one.
        while (done < computations.size()
                && done < computationsDone.size()
                && computations.get(done) == computationsDone.get(done)) {
            done++;
        }
        computations = List.copyOf(computations.subList(done, computations.size()));
    }

    /** The functions behind the present value. */
    List<Function<Optional<Object>, @Nullable Object>> computations() {
        return computations;
    }

    static Class<?> rawClass(Type type) {
        if (type instanceof Class<?> plain) {
            return plain;
        }
        return type instanceof ParameterizedType generic ? rawClass(generic.getRawType()) : Object.class;
    }
}
