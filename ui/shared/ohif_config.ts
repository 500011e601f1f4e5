// What the OHIF viewer goes by on the box: a plain script, which it reads before it begins. The box's DICOMweb is on
// the same address, and the login of the pages counts there.

interface Ohif {
  PUBLIC_URL: string;
  browserImportFunction: (module: string) => Promise<unknown>;
  config: Record<string, unknown>;
}

/** The little of React that the logo needs. */
interface Creates {
  createElement: (type: string, properties: Record<string, unknown>, ...children: unknown[]) => unknown;
}

try {
  // its tour lies over the way back
  localStorage.setItem("shownTours", JSON.stringify(["basicViewerTour"]));
} catch {
  // a browser that blocks site data shows the tour
}

Object.assign(
  window,
  {
    PUBLIC_URL: "/ohif/",
    browserImportFunction: (module) => import(module),
    config: {
      name: "sonodesk",
      routerBasename: "/ohif",
      extensions: [],
      modes: [],
      customizationService: {},
      showStudyList: true,
      maxNumberOfWebWorkers: 2,
      showWarningMessageForCrossOrigin: false,
      showCPUFallbackMessage: false,
      showLoadingIndicator: true,
      strictZSpacingForVolumeViewport: true,
      groupEnabledModesFirst: true,
      maxNumRequests: { interaction: 20, thumbnail: 4, prefetch: 6 },
      showErrorDetails: "always",
      whiteLabeling: {
        // the way back to the box's own pages
        createLogoComponentFn: (react: Creates) =>
          react.createElement(
            "a",
            { href: "/", className: "text-white", style: { display: "flex", alignItems: "center", gap: "8px" } },
            react.createElement("img", { src: "/shared/mark.svg", alt: "", width: 24, height: 24 }),
            "← Sonodesk",
          ),
      },
      defaultDataSourceName: "box",
      dataSources: [{
        namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
        sourceName: "box",
        configuration: {
          friendlyName: "Sonodesk",
          name: "box",
          qidoRoot: "/dicom-web",
          wadoRoot: "/dicom-web",
          wadoUriRoot: "/dicom-web",
          qidoSupportsIncludeField: false,
          imageRendering: "wadors",
          thumbnailRendering: "thumbnail",
          thumbnailRequestStrategy: "fetch",
          enableStudyLazyLoad: true,
          supportsFuzzyMatching: true,
          supportsWildcard: true,
          supportsReject: false,
          dicomUploadEnabled: false,
          singlepart: "video,pdf",
          bulkDataURI: { enabled: true, relativeResolution: "studies" },
          omitQuotationForMultipartRequest: true,
        },
      }],
      // signed out, or locked: the box's own page asks who it is
      httpErrorHandler: ({ status }: { status?: number }) => {
        if (status === 401) location.replace("/");
      },
    },
  } satisfies Ohif,
);
