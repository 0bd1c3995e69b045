// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.DynamoSessionBuildTimeConfig;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.arc.deployment.AnnotationsTransformerBuildItem;
import io.quarkus.bootstrap.classloading.QuarkusClassLoader;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.builditem.CombinedIndexBuildItem;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.AnnotationTransformation;
import org.jboss.jandex.ClassInfo;
import org.jboss.jandex.DotName;
import org.jboss.jandex.FieldInfo;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.MethodInfo;
import org.jboss.jandex.Type;

/**
 * The client. The Amazon Services extension makes clients for injection points, of the kind that is
 * injected, and refuses to build if that kind's HTTP client is missing. So there is one injection point
 * of ours: for the asynchronous client if that is all that the application uses, otherwise for the
 * blocking one. The application's own producers are found in the same way.
 */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
final class ClientProcessor {
    private static final String OURS = "io.github.dynamosession.quarkus.";
    private static final DotName BLOCKING_BEAN = DotName.createSimple(OURS + "BlockingClientBean");
    private static final DotName ASYNC_BEAN = DotName.createSimple(OURS + "AsyncClientBean");

    private static final String SDK = "software.amazon.awssdk.";
    private static final DotName BLOCKING = DotName.createSimple(SDK + "services.dynamodb.DynamoDbClient");
    private static final DotName ASYNC = DotName.createSimple(SDK + "services.dynamodb.DynamoDbAsyncClient");

    /** Neither the library nor what makes clients says anything of what the application uses. */
    private static final List<String> NOT_THE_APPLICATION =
            List.of(SDK, "io.quarkiverse.amazon.", "io.github.dynamosession.dynamodb.");

    private static final String AMAZON_CLIENT = "io.quarkiverse.amazon.common.AmazonClient";
    private static final String IDENTIFIER = "io.smallrye.common.annotation.Identifier";

    @BuildStep
    void client(
            CombinedIndexBuildItem index,
            DynamoSessionBuildTimeConfig config,
            BuildProducer<AdditionalBeanBuildItem> beans,
            BuildProducer<AnnotationsTransformerBuildItem> transformers) {
        boolean async = uses(index.getIndex(), ASYNC) && !uses(index.getIndex(), BLOCKING);
        DotName bean = async ? ASYNC_BEAN : BLOCKING_BEAN;
        beans.produce(AdditionalBeanBuildItem.unremovableOf(bean.toString()));
        config.client()
                .ifPresent(name -> transformers.produce(new AnnotationsTransformerBuildItem(qualify(bean, name))));
    }

    private static AnnotationTransformation qualify(DotName bean, String name) {
        String qualifier = QuarkusClassLoader.isClassPresentAtRuntime(AMAZON_CLIENT) ? AMAZON_CLIENT : IDENTIFIER;
        AnnotationInstance annotation = AnnotationInstance.builder(DotName.createSimple(qualifier))
                .value(name)
                .build();
        return AnnotationTransformation.forFields()
                .whenField(bean, "clients")
                .transform(context -> context.add(annotation));
    }

    private static boolean uses(IndexView index, DotName client) {
        return index.getKnownUsers(client).stream()
                .filter(user ->
                        NOT_THE_APPLICATION.stream().noneMatch(user.name().toString()::startsWith))
                .flatMap(ClientProcessor::signatures)
                .anyMatch(type -> names(type, client));
    }

    private static Stream<Type> signatures(ClassInfo user) {
        Stream<Type> fields = user.fields().stream().map(FieldInfo::type);
        Stream<Type> parameters =
                user.methods().stream().map(MethodInfo::parameterTypes).flatMap(List::stream);
        Stream<Type> results = user.methods().stream().map(MethodInfo::returnType);
        return Stream.of(fields, parameters, results).flatMap(types -> types);
    }

    /** Itself, or as the argument of an {@code Instance} and the like. */
    private static boolean names(Type type, DotName client) {
        return type.name().equals(client)
                || type.kind() == Type.Kind.PARAMETERIZED_TYPE
                        && type.asParameterizedType().arguments().stream()
                                .anyMatch(argument -> argument.name().equals(client));
    }
}
