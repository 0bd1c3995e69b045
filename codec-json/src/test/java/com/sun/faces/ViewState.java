// SPDX-License-Identifier: Apache-2.0
package com.sun.faces;

/** An application's class in a package that looks like the JDK's. */
public record ViewState(String id) {}
