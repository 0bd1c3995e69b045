// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one save is about to write: a snapshot of a session, taken under its lock.
 *
 * @param key where
 * @param create the whole session, if it is not stored yet; otherwise null
 * @param delta what changed; also given for a new session, where it names every attribute
 * @param plain what the codec wrote of the values that the delta sets, as far as it is known
 * @param expected the stored encodings that this write requires, by name: those that computed values came from,
 *     and after the response those that found changes were made to
 * @param computations the functions that stand behind each computed value of this snapshot
 * @param found the stored encodings of values in which the application changed something without saying so
 * @param assignments how often the application had set each value of this snapshot
 * @param unmarked the forms of newly indexed values whose marks are to be read before this is sent, by custom attribute
 * @param parts what has to be stored before, because the delta points to it
 */
record SaveSnapshot(
        SessionKey key,
        @Nullable StoredSession create,
        SessionDelta delta,
        Map<String, EncodedValue> plain,
        Map<String, Optional<EncodedValue>> expected,
        Map<String, List<Function<Optional<Object>, @Nullable Object>>> computations,
        Map<String, Optional<EncodedValue>> found,
        Map<String, Integer> assignments,
        Map<String, List<CustomValue>> unmarked,
        List<NewPart> parts) {
    /** Whether this is that write once more. */
    boolean repeats(@Nullable SaveSnapshot other) {
        return other != null && delta.write().equals(other.delta().write());
    }

    /**
     * The delta of a repetition. What was computed is bound to the version that it was first sent on: others may have
     * set the attribute back since, so that the condition of then holds once more, and it would count twice.
     */
    SessionDelta repetition() {
        return computations.isEmpty() || delta.seenVersion().isEmpty()
                ? delta
                : onCondition(
                        new SessionDelta.Condition.VersionIs(delta.seenVersion().getAsLong()));
    }

    /**
     * Whether what is stored proves that this write was not applied, and will not be: others have made the only step
     * there was since it was first sent, and their write is the last one.
     */
    boolean isPrecludedBy(StoredSession current) {
        return delta.seenVersion().isPresent()
                && current.version() <= delta.seenVersion().getAsLong() + 1;
    }

    /**
     * The same write for a response that is already sent: only if what was found changed has not been changed by
     * others since. If this write is stored already, the store knows it, and no condition matters.
     */
    SaveSnapshot onlyIfUnchanged() {
        if (found.isEmpty() || delta.condition() instanceof SessionDelta.Condition.VersionIs) {
            return this;
        }
        Map<String, Optional<EncodedValue>> required = new HashMap<>(found);
        required.putAll(expected);
        SessionDelta conditional = onCondition(new SessionDelta.Condition.AttributesUnchanged(required));
        return new SaveSnapshot(
                key, create, conditional, plain, required, computations, found, assignments, unmarked, parts);
    }

    private SessionDelta onCondition(SessionDelta.Condition condition) {
        return delta.toBuilder().condition(condition).build();
    }

    /**
     * The same write with the generations of the marks of newly indexed values.
     *
     * @param generations by custom attribute
     */
    SaveSnapshot marked(Map<String, Long> generations) {
        SessionDelta.Builder marked = delta.toBuilder();
        generations.forEach((attribute, generation) ->
                marked.custom(CustomAttributes.generation(attribute), Optional.of(CustomValue.of(generation))));
        SessionDelta whole = marked.build();
        StoredSession created = create == null
                ? null
                : create.toBuilder().custom(CustomAttributes.present(whole)).build();
        return new SaveSnapshot(
                key, created, whole, plain, expected, computations, found, assignments, Map.of(), parts);
    }
}
