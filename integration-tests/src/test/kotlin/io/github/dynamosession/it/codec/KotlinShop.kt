// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec

import com.fasterxml.jackson.annotation.JsonCreator
import com.fasterxml.jackson.annotation.JsonProperty

/** The classes of docs/codec-json.md. */
class KotlinShop {
    /** Each parameter has a default value: nothing to add. */
    data class Cart(
        val items: List<String> = emptyList(),
        val coupon: String? = null,
        val prices: Map<String, Long> = emptyMap())

    /** Otherwise the constructor is annotated. */
    data class Order @JsonCreator constructor(
        @param:JsonProperty("items") val items: List<String>,
        @param:JsonProperty("coupon") val coupon: String?)

    /** Neither. */
    data class Unannotated(val items: List<String>, val coupon: String?)

    /** A value that is computed when it is asked for. */
    class Lazy {
        val total by lazy { 1 }
    }

    companion object {
        /** What Kotlin's functions make, by the name of the function. */
        @JvmStatic
        fun collections(): Map<String, Any> = mapOf(
            "emptyList" to emptyList<String>(),
            "listOf one" to listOf("a"),
            "listOf two" to listOf("a", "b"),
            "mutableListOf" to mutableListOf("a"),
            "buildList" to buildList { add("a") },
            "emptySet" to emptySet<String>(),
            "setOf one" to setOf("a"),
            "setOf two" to setOf("a", "b"),
            "buildSet" to buildSet { add("a") },
            "emptyMap" to emptyMap<String, Int>(),
            "mapOf one" to mapOf("a" to 1),
            "mapOf two" to mapOf("a" to 1, "b" to 2),
            "buildMap" to buildMap { put("a", 1) },
            "map" to listOf(1, 2).map { it.toString() },
            "filter" to listOf("a", "b").filter { it == "c" },
            "take" to listOf("a", "b").take(1),
            "toList" to sequenceOf("a", "b").toList())
    }
}
