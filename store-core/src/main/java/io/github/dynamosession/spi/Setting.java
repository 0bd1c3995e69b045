// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/**
 * One setting, said once: the check for unknown keys, the table in {@code docs/settings.md} and the metadata that
 * IDEs read are made from it.
 *
 * @param key without the prefix {@code dynamosession.}, in kebab-case
 * @param type of the value: {@code String}, {@code Boolean}, {@code Integer}, {@code Duration}, {@code URI}, {@code
 *     List}, or an enum whose constants are written in kebab-case
 * @param byDefault the default or where it comes from, in Markdown; empty: none
 * @param description what the setting does, on one line of Markdown
 */
public record Setting(String key, Class<?> type, String byDefault, String description) {
    /** The key, as messages name the setting. */
    @Override
    public String toString() {
        return key;
    }
}
