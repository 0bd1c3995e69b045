// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers.contract;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.testkit.AdapterContract;

/** The contract of adapters, of the servlet filter in the server that this class is deployed to. */
class FilterContract extends AdapterContract {
    @Override
    protected boolean refusesWhole() {
        return true;
    }

    @Override
    protected Running start(SessionManager manager, Application application) throws Exception {
        return Sites.open(manager, application);
    }
}
