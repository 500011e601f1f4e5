"""Asks for a worklist by GDCM's own classes: its gdcmscu has --worklist, and asks for studies all the same."""

import os
import sys

import gdcm

port, keys = int(sys.argv[1]), sys.argv[2:]
pairs = gdcm.KeyValuePairArrayType()
for key in keys:
    tag, value = key.split("=", 1)
    group, element = (int(part, 16) for part in tag.split(","))
    pairs.append(gdcm.KeyValuePairType(gdcm.Tag(group, element), value))
query = gdcm.CompositeNetworkFunctions.ConstructQuery(gdcm.eStudyRootType, gdcm.eStudy, pairs, gdcm.eWLMFind)
contexts = gdcm.PresentationContextGenerator()
contexts.GenerateFromUID(gdcm.UIDs.ModalityWorklistInformationModelFIND)
scu = gdcm.ServiceClassUser()
scu.SetHostname("127.0.0.1")
scu.SetPort(port)
scu.SetTimeout(30)
scu.SetAETitle("GDCM")
scu.SetCalledAETitle("STORESCP")
assert scu.InitializeConnection(), "no connection"
scu.SetPresentationContexts(contexts.GetPresentationContexts())
assert scu.StartAssociation(), "no association"
answers = gdcm.DataSetArrayType()
assert scu.SendFind(query, answers), "no answer"
print(f"{answers.size()} answers")
for n in range(answers.size()):
    print(answers[n])
sys.stdout.flush()
# a release ends GDCM 3.0.21 by an exception
os._exit(0)
