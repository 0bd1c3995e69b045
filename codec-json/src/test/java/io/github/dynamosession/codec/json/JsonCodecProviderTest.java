// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.codec.json.Shop.Cart;
import io.github.dynamosession.spi.InjectedFields;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.spi.UnstorableValueException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The codec made from settings")
class JsonCodecProviderTest {
    private final List<String> problems = new ArrayList<>();
    private InjectedFields injected = InjectedFields.NONE;

    private SessionCodec create(String... allowed) {
        SessionCodecProvider provider = ServiceLoader.load(SessionCodecProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("json"))
                .findFirst()
                .orElseThrow();
        assertThat(provider.settings()).extracting(Setting::key).containsExactly("allowed-types");
        return provider.create(new Settings(List.of(allowed)));
    }

    @Test
    @DisplayName("is found as json and stores JDK types without any setting")
    void defaults() {
        SessionCodec codec = create();
        assertThat(codec.decode(codec.encode("a"), Object.class)).isEqualTo("a");
        assertThatThrownBy(() -> codec.encode(new Cart())).isInstanceOf(UnstorableValueException.class);
        assertThat(problems).isEmpty();
    }

    @Test
    @DisplayName("allows classes by name")
    void classes() {
        SessionCodec codec = create(Cart.class.getName(), Shop.Color.class.getName());
        assertThat(codec.decode(codec.encode(new Cart()), Object.class)).isEqualTo(new Cart());
        assertThat(codec.decode(codec.encode(Shop.Color.RED), Object.class)).isEqualTo(Shop.Color.RED);
        assertThat(problems).isEmpty();
    }

    @Test
    @DisplayName("allows packages, also for a node that never stored such a class itself")
    void packages() {
        SessionCodec writer = create("io.github.dynamosession.codec.json.*");
        SessionCodec reader = create("io.github.dynamosession.codec.json.*");
        assertThat(reader.decode(writer.encode(new Cart()), Object.class)).isEqualTo(new Cart());
        SessionCodec other = create("io.github.dynamosession.codec.*");
        assertThatThrownBy(() -> other.encode(new Cart())).isInstanceOf(UnstorableValueException.class);
        assertThat(problems).isEmpty();
    }

    @Test
    @DisplayName("reports every entry that makes no sense")
    void problems() {
        SessionCodec codec =
                create("com.shop.Missing", "java.lang.String", "java.util.*", "*", ".*", Cart.class.getName());
        assertThat(problems).hasSize(5).allMatch(p -> p.startsWith("allowed-types: "));
        assertThat(problems.get(0)).contains("com.shop.Missing");
        assertThat(codec.decode(codec.encode(new Cart()), Object.class)).isEqualTo(new Cart());
    }

    /** Half of it is the container's. */
    static final class Service {
        String data = "kept";
        Thread injected = Thread.currentThread();
    }

    @Test
    @DisplayName("leaves out the fields that a container fills")
    void injected() {
        injected = field -> field.getName().equals("injected");
        SessionCodec codec = create(Service.class.getName());
        byte[] bytes = codec.encode(new Service());
        assertThat(new String(bytes, StandardCharsets.UTF_8)).contains("kept").doesNotContain("injected");
        Service read = (Service) codec.decode(bytes, Service.class);
        assertThat(read.data).isEqualTo("kept");

        injected = InjectedFields.NONE;
        assertThatThrownBy(() -> create(Service.class.getName()).encode(new Service()))
                .isInstanceOf(UnstorableValueException.class);
    }

    private final class Settings implements ProviderContext {
        private final List<String> allowed;

        Settings(List<String> allowed) {
            this.allowed = allowed;
        }

        @Override
        public <T> Optional<T> resource(Class<T> type) {
            return type == InjectedFields.class ? Optional.of(type.cast(injected)) : Optional.empty();
        }

        @Override
        public Optional<String> text(Setting setting) {
            return Optional.empty();
        }

        @Override
        public Optional<Duration> duration(Setting setting) {
            return Optional.empty();
        }

        @Override
        public Optional<Boolean> flag(Setting setting) {
            return Optional.empty();
        }

        @Override
        public Optional<URI> uri(Setting setting) {
            return Optional.empty();
        }

        @Override
        public <E extends Enum<E>> Optional<E> choice(Setting setting, Class<E> type) {
            return Optional.empty();
        }

        @Override
        public List<String> list(Setting setting) {
            return setting.key().equals("allowed-types") ? allowed : List.of();
        }

        @Override
        public void problem(Setting setting, String problem) {
            problems.add(setting.key() + ": " + problem);
        }

        @Override
        public Clock clock() {
            return Clock.systemUTC();
        }

        @Override
        public SessionObserver observer() {
            return SessionObserver.NONE;
        }

        @Override
        public ClassLoader classLoader() {
            return getClass().getClassLoader();
        }
    }
}
