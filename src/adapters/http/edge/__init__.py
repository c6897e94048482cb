"""What every request passes through, from the outermost layer to the handler.

``outermost``   limits, envelope, log line and counters, for every path there is
``exchange``    one signed request, step by step
``routing``     which operation a path means
``arrival``     the request as received
``context``     who is asking: the signed context and its table of checks
``captures``    signatures that were seen under another name
``turns``       whose turn it is to change something
``once``        requests that arrive again
"""
