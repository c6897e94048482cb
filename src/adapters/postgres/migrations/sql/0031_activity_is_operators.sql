-- Activity's alone may lead anywhere, into the inner network too. Whom the app can add
-- or change is never that.
CREATE POLICY operators ON events.subscription AS RESTRICTIVE TO events_app
    USING (kind <> 'activity');
